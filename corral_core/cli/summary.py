"""What a run comes to, in a few lines."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec

from corral_core.cli.units import bytes_text, count_text, dollars_text, quantity_text, seconds_text

if TYPE_CHECKING:
    from corral_core.engine.result import RunResult
    from corral_core.prices import Cost, CostItem

__all__ = ["cost_text", "summary", "summary_fields"]


def summary(result: RunResult) -> str:
    """Records and bytes in and out, time, counters, and where the outputs and the bad records are."""
    stats = result.stats
    lines = [
        (
            f"done in {seconds_text(result.seconds)} on {result.executor}: "
            f"{count_text(stats.records_in, 'record')} ({bytes_text(stats.bytes_in)}) in, "
            f"{count_text(stats.records_out, 'record')} ({bytes_text(stats.bytes_out)}) out"
        )
    ]
    if result.counters:
        counters = ", ".join(f"{name} {number:,}" for name, number in sorted(result.counters.items()))
        lines.append(f"counters: {counters}")
    if result.waste.attempts:
        attempts = count_text(result.waste.attempts, "attempt")
        lines.append(f"not counted: {attempts}, {seconds_text(result.waste.seconds)}, that failed or came too late")
    if result.dead_letters:
        lines.append(f"{count_text(result.bad_records, 'bad record')} set aside in {result.dead_letters}")
    if stats.requests:
        requests = ", ".join(f"{number:,} {kind}" for kind, number in stats.requests.items())
        lines.append(f"requests of the tasks that count: {requests}")
    if result.usage:
        lines.append(f"{result.executor}: {result.usage}")
    if result.cost.items:
        lines.append(f"cost: {cost_text(result.cost)}")
    lines.append(f"{count_text(len(result.outputs), 'output')} in {result.location}")
    return "\n".join(lines)


def cost_text(cost: Cost) -> str:
    """``about $0.0123 at list prices (lambda 0.0119: 712 GB-seconds 0.0119; s3 0.0004: 1,000 GET-class ...)``."""
    places: dict[str, list[CostItem]] = {}
    for item in cost.items:
        places.setdefault(item.name.partition(".")[0], []).append(item)
    told = []
    for place, items in places.items():
        each = ", ".join(f"{quantity_text(item.quantity)} {item.unit} {dollars_text(item.dollars)}" for item in items)
        told.append(f"{place} {dollars_text(sum(item.dollars for item in items))}: {each}")
    return f"about ${dollars_text(cost.total)} at list prices ({'; '.join(told)})"


def summary_fields(result: RunResult) -> dict[str, Any]:
    """The same for machines; the names are documented (docs/reference/log.md)."""
    return {
        "run": result.run,
        "location": result.location,
        "executor": result.executor,
        "seconds": result.seconds,
        "outputs": len(result.outputs),
        "stats": msgspec.structs.asdict(result.stats),
        "counters": result.counters,
        "waste": asdict(result.waste),
        "dead_letters": result.dead_letters,
        "usage": result.usage,
        "cost": [msgspec.structs.asdict(item) for item in result.cost.items],
    }
