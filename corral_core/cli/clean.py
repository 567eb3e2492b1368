"""``corral clean``: removes what runs that nobody goes on with have left in a location."""

from __future__ import annotations

import click

from corral_core.cli.location import location_argument, looked_at
from corral_core.cli.streams import out
from corral_core.cli.units import count_text

__all__ = ["clean"]


@click.command(
    "clean",
    short_help="Remove what unfinished runs have left in LOCATION.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@location_argument()
@click.option("--run", "chosen", metavar="ID", help="Only this run, whatever its state.")
@click.option("-n", "--dry-run", is_flag=True, help="Say what would be removed; remove nothing.")
def clean(location: str, chosen: str | None, dry_run: bool) -> None:
    """Remove the folders of runs in LOCATION that are not at work, and uploads there that never ended.

    Outputs stay. A run that was removed can't be resumed. Uploads stay while a run is at work, whose they may be, and
    where no run has ever been.
    """
    from corral_core.engine.census import census
    from corral_core.errors import ResumeError

    with looked_at(location) as place:
        found = census(place)
        if chosen and chosen not in {state.run for state in found}:
            raise ResumeError(f"there is no run {chosen} in {place.path}; see corral runs {location}")
        would = "would be removed" if dry_run else "removed"
        for state in found:
            if state.run == chosen or (not chosen and state.state != "running"):
                if not dry_run:
                    place.remove_run(state.run)
                out(f"{state.run}  {would} ({state.state}, {count_text(state.done, 'task')} done)")
        running = [state.run for state in found if state.state == "running"]
        # Elsewhere they are somebody else's: LOCATION may be a home directory, or a bucket.
        known = bool(found) or place.has_outputs()
        uploads = place.storage.abort_uploads(place.path) if known and not (chosen or dry_run or running) else 0
        if uploads:
            out(f"{count_text(uploads, 'unfinished upload')} removed")
        elif running and not chosen:
            out(f"{', '.join(running)} at work: left alone")
        elif not found:
            out(f"no runs in {place.path}")
