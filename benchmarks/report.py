"""Results as Markdown, which is read as well on a terminal, and as JSON."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from benchmarks.data import MB
from benchmarks.limits import findings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.limits import Finding
    from benchmarks.runner import Result

__all__ = ["as_json", "as_markdown", "into_page", "limits_table", "result_table"]

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
"""Around the figures in a page, which ``--page`` replaces."""
MEASURES = {
    "ratio": ("time over that of {}", "{:.2f}"),
    "faster": ("times faster than {}", "{:.1f}"),
    "MB": ("MB in any one process", "{:.0f}"),
    "seconds": ("seconds", "{:.2f}"),
}


def as_markdown(results: Sequence[Result], rounds: int) -> str:
    """All tables."""
    head = f"{_machine()}; median of {rounds} {'round' if rounds == 1 else 'rounds'}."
    limits = findings(results)
    promised = ["### What is promised", limits_table(limits)] if limits else []
    return "\n\n".join([head, *map(result_table, results), *promised]) + "\n"


def result_table(result: Result) -> str:
    """One workload's rows, who was left out, and whose answer is wrong."""
    lines = [f"### {result.title[0].upper()}{result.title[1:]}", ""]
    lines += _table(
        ["who", "seconds", "ratio", "MB, largest process", "MB, all"],
        [
            [row.name, f"{row.median:.2f}", f"{row.ratio:.2f}", f"{row.peak_one / MB:.0f}", f"{row.peak_all / MB:.0f}"]
            for row in result.rows
        ],
    )
    lines += [f"\nLeft out: {name}, since {why}." for name, why in result.left_out.items()]
    lines += [f"\n**Wrong answer: {name}.**" for name in result.wrong]
    return "\n".join(lines)


def limits_table(limits: Sequence[Finding]) -> str:
    """The promises, with what was measured."""
    rows = []
    for found in limits:
        limit = found.limit
        what, form = MEASURES[limit.quantity]
        least = "at least" if limit.quantity == "faster" else "at most"
        rows.append(
            [
                f"{found.title}: {limit.contender}",
                what.format(limit.against or "the first"),
                f"{least} {limit.bound:g}",
                form.format(found.value),
                "yes" if found.kept else "**no**",
            ]
        )
    return "\n".join(_table(["work", "measured as", "promised", "measured", "kept"], rows))


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, ["-" * width for width in widths], *rows]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    return [f"| {' | '.join(line)} |" for line in padded]


def as_json(results: Sequence[Result], rounds: int) -> str:
    """Everything, for a program to compare with another run."""
    document: dict[str, Any] = {"machine": _machine(), "rounds": rounds, "workloads": list(map(asdict, results))}
    document["limits"] = [asdict(found) | {"kept": found.kept} for found in findings(results)]
    return json.dumps(document, indent=2) + "\n"


def into_page(page: Path, figures: str) -> None:
    """Put figures between the marks of a page.

    :raises ValueError: when it has no marks.
    """
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{page} has no place for figures: it needs the lines {BEGIN} and {END}")
    page.write_text(f"{before}{begin}\n\n{figures}\n{end}{after}", encoding="utf-8")


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
