"""``corral runs``: the runs of a location, and how each stands."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from corral_core.cli.location import location_argument, looked_at
from corral_core.cli.streams import out
from corral_core.cli.units import count_text

if TYPE_CHECKING:
    from corral_core.engine.census import RunState

__all__ = ["runs"]


@click.command(
    "runs",
    short_help="List the runs of LOCATION that are at work or unfinished.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@location_argument()
def runs(location: str) -> None:
    """List the runs that have a folder in LOCATION: at work, unfinished, kept.

    A run that ended well has none, unless it was told to keep it (--no-cleanup).
    """
    from corral_core.engine.census import census

    with looked_at(location) as place:
        found = census(place)
    out("\n".join(map(_line, found)) if found else f"no runs in {place.path}")


def _line(state: RunState) -> str:
    parts = [state.run, state.state]
    if state.began:
        began = time.strftime("%Y-%m-%d %H:%M", time.localtime(state.began))
        parts.append(f"{count_text(state.done, 'task')} done, taken up {began} on {state.executor} by {state.host}")
    if state.reason:
        parts.append(" ".join(state.reason.split()))
    return "  ".join(parts)
