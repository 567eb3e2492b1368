"""What a notebook or rich shows of a result: what the run came to, and its first records."""

from __future__ import annotations

from html import escape
from itertools import islice
from typing import TYPE_CHECKING

from corral_core.cli.units import bytes_text, count_text, seconds_text
from corral_core.errors import CorralError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from corral_core.engine.result import RunResult

__all__ = ["as_html", "as_rich"]

_RECORDS = 10
_LONGEST = 100
"""Records, and characters of a key or a value, that are shown."""

_TABLE = "border-collapse:collapse;margin:0.5em 0"
_CELL = "text-align:left;vertical-align:top;padding:0.15em 1em 0.15em 0;color:inherit;background:none"
# Opacity, not a grey: the page may be light or dark.
_HEAD = f"{_CELL};opacity:0.65;font-weight:normal"


def as_html(result: RunResult) -> str:
    """Two tables that need nothing but themselves, in the colours of the page; what comes from data is escaped."""
    facts = "".join(
        f'<tr><th style="{_HEAD}">{escape(name)}</th><td style="{_CELL}">{escape(text)}</td></tr>'
        for name, text in _facts(result)
    )
    records, more = _first_records(result)
    rows = "".join(
        "<tr>" + "".join(f'<td style="{_CELL}"><code>{escape(text)}</code></td>' for text in record) + "</tr>"
        for record in records
    )
    head = "".join(f'<th style="{_HEAD}">{name}</th>' for name in ("key", "value"))
    table = f'<table style="{_TABLE}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>' if records else ""
    rest = f'<div style="opacity:0.65">{escape(more)}</div>' if more else ""
    return f'<div><table style="{_TABLE}"><tbody>{facts}</tbody></table>{table}{rest}</div>'


def as_rich(result: RunResult) -> RenderableType:
    """The same for a terminal."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    facts = Table.grid(padding=(0, 2))
    for name, text in _facts(result):
        facts.add_row(Text(name, style="dim"), Text(text))
    records, more = _first_records(result)
    table = Table("key", "value", box=None, header_style="dim")
    for record in records:
        table.add_row(*map(Text, record))
    shown: list[RenderableType] = [facts]
    if records:
        shown += ["", table]
    if more:
        shown.append(Text(more, style="dim"))
    return Group(*shown)


def _facts(result: RunResult) -> Iterator[tuple[str, str]]:
    stats = result.stats
    yield "run", f"{result.run} on {result.executor}, {seconds_text(result.seconds)}"
    if result.params:
        yield "parameters", ", ".join(f"{name}={value!r}" for name, value in result.params.items())
    yield "in", f"{count_text(stats.records_in, 'record')}, {bytes_text(stats.bytes_in)}"
    files = count_text(len(result.outputs), "output")
    yield (
        "out",
        f"{count_text(stats.records_out, 'record')}, {bytes_text(stats.bytes_out)}, {files} in {result.location}",
    )
    if result.counters:
        yield "counters", ", ".join(f"{name} {number:,}" for name, number in sorted(result.counters.items()))
    if result.dead_letters:
        yield "bad records", f"{result.bad_records:,} set aside in {result.dead_letters}"
    if result.usage:
        yield "used", result.usage


def _first_records(result: RunResult) -> tuple[list[tuple[str, str]], str]:
    """The first records, and a word about the others."""
    try:
        found = [(_short(key), _short(value)) for key, value in islice(result, _RECORDS)]
    except (OSError, CorralError) as error:
        return [], f"its records can't be read any more: {error}"
    rest = result.stats.records_out - len(found)
    return found, f"and {count_text(rest, 'record')} more" if rest > 0 else ""


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
