"""Shows how a run goes, on stderr: a bar on a terminal, lines elsewhere, JSON for machines."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_core.cli.bars import BarProgress
    from corral_core.cli.jsonlog import JsonProgress
    from corral_core.cli.lines import LineProgress

    Display = BarProgress | LineProgress | JsonProgress


__all__ = ["Kind", "progress"]

Kind = Literal["auto", "bars", "plain", "none"]
"""What the setting ``progress`` takes."""


@contextmanager
def progress(kind: Kind, *, verbose: bool, json: bool) -> Iterator[list[Display]]:
    """What observes the run and shows it, if anything does. It ends with the block, however that ends.

    :param json: events go to stderr as JSON, and nothing is drawn.
    """
    displays = [] if kind == "none" else [_display(kind, verbose=verbose, json=json)]
    try:
        yield displays
    finally:
        for display in displays:
            display.stop()


def _display(kind: Kind, *, verbose: bool, json: bool) -> Display:
    if json:
        from corral_core.cli.jsonlog import JsonProgress

        return JsonProgress()
    if kind == "bars" or (kind == "auto" and _can_draw()):
        from corral_core.cli.bars import BarProgress

        return BarProgress(verbose=verbose)
    from corral_core.cli.lines import LineProgress

    return LineProgress(verbose=verbose)


def _can_draw() -> bool:
    """Whether stderr is a terminal that can move its cursor, with somebody in front of it."""
    if sys.stderr is None or not sys.stderr.isatty():
        return False
    return os.environ.get("TERM", "dumb") not in ("dumb", "unknown") and not _in_ci()


def _in_ci() -> bool:
    """Services that build and test set CI; many give a terminal to their jobs, and log what is drawn there."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")
