"""``corral report``: the page of a location's last run, or its record as JSON."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from corral_core.cli.location import location_argument, looked_at
from corral_core.cli.streams import err, out
from corral_core.errors import InputError, OutputError, reason_of
from corral_core.report import store

if TYPE_CHECKING:
    from corral_core.report.api import Report

__all__ = ["report"]

_STDOUT = "-"


@click.command(
    "report",
    short_help="Show how the last run in LOCATION went.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@location_argument()
@click.option("-o", "--output", metavar="FILE", help="Write it there; - is standard output.")
@click.option("--json", "as_json", is_flag=True, help="The record as JSON, instead of the page.")
@click.option("--no-open", is_flag=True, help="Do not open the page in a browser.")
def report(location: str, output: str | None, as_json: bool, no_open: bool) -> None:
    """Show how the last run in LOCATION went: attempts, failures, skew, settings, cost.

    One page of HTML that needs nothing but itself. It opens in a browser, or is written where -o says.
    """
    data, found = _found(location)
    if as_json:
        text = data.decode("utf-8")
    else:
        from corral_core.cli.page.page import page_of

        text = page_of(found)
    if output == _STDOUT or (as_json and output is None):
        out(text)
    elif output is not None:
        _write(Path(output), text)
    else:
        _open(_temporary(found, text), wanted=not no_open)


def _found(location: str) -> tuple[bytes, Report]:
    with looked_at(location) as place:
        try:
            data = store.read(place.storage, place.report)
        except FileNotFoundError:
            raise InputError(
                f"there is no report in {place.path}: a run leaves one when it ends, unless it was killed or had "
                f"--no-report (corral runs {location} lists what is there)"
            ) from None
        return data, store.decode(data, place.report)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path} can't be written: {reason_of(error)}") from error


def _temporary(found: Report, text: str) -> Path:
    path = Path(tempfile.mkdtemp(prefix="corral-report-")) / f"{found.run}.html"
    _write(path, text)
    return path


def _open(path: Path, *, wanted: bool) -> None:
    if wanted and _may_open():
        import webbrowser

        if webbrowser.open(path.as_uri()):
            err(f"opened {path}")
            return
    out(str(path))


def _may_open() -> bool:
    """Whether somebody sits here who would see a browser; one in the terminal would take it over."""
    if sys.stdout is None or not sys.stdout.isatty():
        return False
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
