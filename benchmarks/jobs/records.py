"""Records of a hundred bytes: sorted, each a key of its own; and counted, all of them values of one key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core import Job

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_core import Emitter


def record(_key: str, line: str, emitter: Emitter) -> None:
    """The line is the key; in a line of output, a value None leaves the key alone."""
    emitter.emit(line, None)


def each(line: str, values: Iterator[None], emitter: Emitter) -> None:
    """As many lines out as came in."""
    for value in values:
        emitter.emit(line, value)


def same_key(_key: str, line: str, emitter: Emitter) -> None:
    """All lines to one reducer, in one call."""
    emitter.emit("all", line)


def measured(key: str, lines: Iterator[str], emitter: Emitter) -> None:
    """How many lines, and how many characters."""
    count = size = 0
    for line in lines:
        count += 1
        size += len(line)
    emitter.emit(key, f"{count} {size}")


ordered = Job(record, each)
hot = Job(same_key, measured)
