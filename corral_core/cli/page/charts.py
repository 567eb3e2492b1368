"""The data of the page's charts: JSON, compressed, in letters that mean nothing to HTML."""

from __future__ import annotations

import base64
import gzip
from typing import TYPE_CHECKING, Any

import msgspec

from corral_core.cli.page.figures import series
from corral_core.report.columns import OUTCOMES, PHASES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from corral_core.cli.page.figures import Partitions
    from corral_core.cli.page.timeline import Row, Timeline
    from corral_core.report.api import Report

__all__ = ["chart_data", "packed"]

_PLAIN = ("stage", "task", "records_in", "bytes_in", "records_out", "bytes_out", "spills", "peak_memory")
_READS = ("file", "start", "last_file", "end", "splits")
_WHY = 240
"""Characters of an error that a chart shows; the page has the rest."""


def packed(data: Any) -> str:
    """Base64 of gzip of JSON. Twenty thousand attempts are three megabytes of digits, and a file's name that holds
    ``</script>`` would end what it stands in."""
    return base64.b64encode(gzip.compress(msgspec.json.encode(data), 6, mtime=0)).decode("ascii")


def chart_data(report: Report, timeline: Timeline, parts: Sequence[Partitions]) -> dict[str, Any]:
    """What the scripts draw; assets/data.js unpacks it."""
    figures = series(timeline)
    places = {row: place for place, row in enumerate(timeline.slots)}
    return {
        "seconds": timeline.seconds,
        "slots": max(timeline.slots.values(), default=-1) + 1,
        "sessions": [
            {"at": timeline.offsets[each.number], "seconds": each.seconds}
            for each in report.sessions
            if each.number in timeline.offsets
        ],
        "phases": list(_phases(report, timeline)),
        "attempts": _attempts(timeline),
        "whys": {
            str(places[each.row]): f"{each.error}: {each.message}"[:_WHY]
            for each in report.failures
            if each.row in places
        },
        "files": report.files,
        "series": {
            "records": [_rounded(figures.records[phase]) for phase in PHASES],
            "bytes": [_rounded(figures.bytes[phase]) for phase in PHASES],
            "running": [[round(value, 2) for value in figures.running]],
            "memory": [_rounded(figures.memory)],
        },
        "partitions": [
            {"numbers": part.numbers, "bytes": part.bytes, "records": part.records, "median": part.median}
            for part in parts
        ],
    }


def _attempts(timeline: Timeline) -> dict[str, list[Any]]:
    rows: list[Row] = [timeline.rows[number] for number in timeline.slots]
    spans = [timeline.spans[number] or (0.0, 0.0) for number in timeline.slots]
    columns = {name: [getattr(row, name) for row in rows] for name in (*_PLAIN, *_READS)}
    return columns | {
        "at": [round(began, 4) for began, _ in spans],
        "to": [round(ended, 4) for _, ended in spans],
        "work": [row.seconds for row in rows],
        "slot": list(timeline.slots.values()),
        "phase": [PHASES.index(row.phase) for row in rows],
        "outcome": [OUTCOMES.index(row.outcome) for row in rows],
        "backup": [int(row.backup) for row in rows],
        "label": [row.label for row in rows],
    }


def _phases(report: Report, timeline: Timeline) -> Iterator[dict[str, Any]]:
    for phase in report.phases:
        offset = timeline.offsets.get(phase.session)
        if offset is not None:
            ended = timeline.seconds if phase.ended is None else offset + phase.ended
            yield {
                "at": offset + phase.began,
                "to": ended,
                "stage": phase.stage,
                "phase": PHASES.index(phase.phase),
                "name": phase.name,
            }


def _rounded(values: Sequence[float]) -> list[int]:
    return [round(value) for value in values]
