"""The line that moves: a bar and figures, as many of them as the terminal has room for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from corral_core.cli.units import bytes_text, clock_text, rate_text, seconds_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, ConsoleOptions, RenderResult

    from corral_core.cli.tally import Tally

__all__ = ["BarLine", "StepLine"]

_TITLE = 24
"""Cells of a title, at most."""
_LEAST_TITLE = 8
"""Cells of one that is cut, at least."""
_MOST_BAR = 30
"""Cells of a bar that has room."""


class _Figure(NamedTuple):
    """One figure of the line.

    :param weight: the lightest go first where the terminal is narrow.
    :param cells: so wide at least, to keep what stands behind it in its place while digits come and go.
    """

    text: str
    weight: float
    cells: int = 0
    style: str = ""

    @property
    def width(self) -> int:
        """Cells, with the gap."""
        return max(cell_len(self.text), self.cells) + 1


_BAR = _Figure("", 8.5, 6)
"""Where the bar stands, which takes the room that is left."""


@dataclass(frozen=True)
class BarLine:
    """A phase as it stands, drawn in as much room as there is."""

    tally: Tally
    now: float

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """One line, whatever the width."""
        room = options.max_width - 1  # a terminal may wrap behind its last cell
        figures = list(self._figures())
        by_weight = sorted(figures, key=lambda figure: -figure.weight)
        beside = sum(figure.width for figure in by_weight[:3])
        title = _fitted(self.tally.title, max(min(_TITLE, room // 3, room - beside - 1), _LEAST_TITLE))
        room -= title.cell_len + 1
        shown: list[_Figure] = []
        for figure in by_weight:
            if figure.width > room:
                break
            shown.append(figure)
            room -= figure.width
        parts = [self._drawn(figure, room) for figure in figures if figure in shown]
        yield _row([title, *parts])

    def _drawn(self, figure: _Figure, spare: int) -> Text | ProgressBar:
        if figure is not _BAR:
            return Text(figure.text.rjust(figure.cells), style=figure.style)
        tasks, done = self.tally.tasks, self.tally.done
        width = min(_MOST_BAR, _BAR.cells + spare)
        return ProgressBar(total=tasks or 1, completed=done if tasks else 1, width=width)

    def _figures(self) -> Iterator[_Figure]:
        """From left to right."""
        tally = self.tally
        yield _BAR
        total = f"{tally.tasks:,}"
        yield _Figure(f"{tally.done:,}/{total}", 10, 2 * len(total) + 1)
        yield _Figure(f"{tally.running:,} running", 7, 10, "dim")
        if tally.failed:
            yield _Figure(f"{tally.failed:,} failed", 8, style="red")
        if tally.retried:
            yield _Figure(f"{tally.retried:,} retried", 5)
        if tally.throttled:
            yield _Figure(f"{tally.throttled:,} throttled", 4, style="yellow")
        if tally.backups:
            yield _Figure(f"{tally.backups:,} backup{'s' * (tally.backups > 1)}", 3, style="yellow")
        if rates := tally.rates(self.now):
            yield _Figure(rate_text(rates[0], "records"), 2, 15, "dim")
            yield _Figure(f"{bytes_text(rates[1])}/s", 6, 9, "dim")
        left = tally.left(self.now)
        text = clock_text(self.now - tally.began) if left is None else f"{clock_text(math.ceil(left))} left"
        yield _Figure(text, 9, 9, "cyan")


class StepLine:
    """Something that takes time and is no task."""

    def __init__(self, text: str, began: float) -> None:
        self._text, self._began = text, began

    def at(self, now: float) -> Text:
        """As it goes on."""
        return Text(f"{self._text}  {clock_text(now - self._began)}", no_wrap=True, overflow="crop", end="")

    def finished(self, now: float) -> str:
        """As it stays: with its time, if that was worth waiting for."""
        taken = now - self._began
        return f"{self._text}, {seconds_text(taken)}" if taken >= 1 else self._text


def _fitted(title: str, cells: int) -> Text:
    text = Text(title, style="bold", no_wrap=True)
    if text.cell_len > cells:
        text.truncate(cells - 2)
        text.append("..")  # no ellipsis, which not every encoding has
    return text


def _row(parts: list[Text | ProgressBar]) -> Table:
    grid = Table.grid(padding=(0, 1, 0, 0))
    for part in parts:
        grid.add_column(no_wrap=True, width=part.cell_len if isinstance(part, Text) else part.width)
    grid.add_row(*parts)
    return grid
