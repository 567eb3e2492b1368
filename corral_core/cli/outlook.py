"""A plan as people read it, within 80 columns."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from corral_core.cli.table import table_lines
from corral_core.cli.units import bytes_text, count_text, dollars_text, memory_text, quantity_text, seconds_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from corral_core.planning.api import PhaseOutlook, Plan, StageOutlook
    from corral_core.prices import CostItem

__all__ = ["plan_text"]

_WIDTH = 80
_LABEL = 14
_LEFT_OUT = "Data transfer, storage at rest, free tiers and discounts are left out."


def plan_text(plan: Plan) -> str:
    """All of it: what would run, what it asks for, what it costs, and what that rests on."""
    return "\n".join([*_head(plan), *_stages(plan), *_whole(plan), *_costs(plan), *_foot(plan)])


def _head(plan: Plan) -> Iterator[str]:
    inputs, memory = plan.inputs, plan.memory
    packed = f", {bytes_text(inputs.compressed_bytes)} of it compressed" if inputs.compressed_files else ""
    machine = f"; this machine has {memory_text(memory.machine)}" if memory.machine else ""
    yield _row("executor", f"{plan.executor}, up to {count_text(plan.slots, 'task')} at once")
    yield _row("input", f"{count_text(inputs.files, 'file')}, {bytes_text(inputs.bytes)}{packed}")
    yield _row("output", plan.location)
    yield _row("intermediate", plan.intermediate)
    yield _row("memory", f"{memory_text(memory.task)} a task, {memory_text(memory.at_once)} for all at once{machine}")


def _stages(plan: Plan) -> Iterator[str]:
    for number, (low, high) in enumerate(zip(plan.low.stages, plan.high.stages, strict=True)):
        estimated = ", input estimated" if number else ""
        yield f"\nstage {number}, {low.name}{estimated}"
        yield from _stage(low, high)


def _stage(low: StageOutlook, high: StageOutlook) -> Iterator[str]:
    splits = f"{_span(low.splits, high.splits, _whole_number)} split{'s' if high.splits != 1 else ''}"
    size = _span(low.bytes_in, high.bytes_in, bytes_text)
    yield _row("  map", f"{_phase(low.map, high.map)}, {size} in {splits}")
    if low.reduce is not None and high.reduce is not None:
        lies = "an object for each mapper" if low.layout == "single" else "a file for each mapper and reducer"
        yield _row("  shuffle", f"{_span(low.shuffled, high.shuffled, bytes_text)}, {lies}")
        yield _row("  reduce", _phase(low.reduce, high.reduce))
    yield _row("  output", _span(low.bytes_out, high.bytes_out, bytes_text))


def _phase(low: PhaseOutlook, high: PhaseOutlook) -> str:
    tasks = f"{_span(low.tasks, high.tasks, _whole_number)} task{'s' if high.tasks != 1 else ''}"
    waves = f"{_span(low.waves, high.waves, _whole_number)} wave{'s' if high.waves != 1 else ''}"
    return f"{tasks} in {waves}, {_span(low.seconds, high.seconds, seconds_text)}"


def _whole(plan: Plan) -> Iterator[str]:
    low, high = plan.low, plan.high
    yield ""
    yield _row("time", f"{_span(low.seconds, high.seconds, seconds_text)}, once code is deployed and workers are there")
    yield _row("workers", f"{_span(low.worker_seconds, high.worker_seconds, seconds_text)} of work in all")
    if low.requests:
        yield _row("requests", f"tasks {_requests(low.requests, high.requests)}")
    if low.driver_requests:
        yield _row("", f"driver about {_requests(low.driver_requests, high.driver_requests)}")


def _requests(low: Mapping[str, int], high: Mapping[str, int]) -> str:
    kinds = sorted({*low, *high})
    return ", ".join(f"{_span(low.get(kind, 0), high.get(kind, 0), _whole_number)} {kind}" for kind in kinds)


def _costs(plan: Plan) -> Iterator[str]:
    if not plan.prices:
        return
    low, high = ({item.name: item for item in outlook.cost} for outlook in (plan.low, plan.high))
    rows = [("cost", "quantity", "price in $", "$")]
    rows += [_cost_row(name, low.get(name), high[name]) for name in high]
    rows.append(("total", "", "", _span(plan.low.dollars, plan.high.dollars, dollars_text)))
    yield ""
    yield from table_lines(rows, figures=True)


def _cost_row(name: str, low: CostItem | None, high: CostItem) -> tuple[str, str, str, str]:
    quantity = _span(low.quantity if low else 0, high.quantity, quantity_text)
    price = f"{high.price:.12f}".rstrip("0").rstrip(".")
    return name, f"{quantity} {high.unit}", price, _span(low.dollars if low else 0, high.dollars, dollars_text)


def _foot(plan: Plan) -> Iterator[str]:
    yield ""
    if plan.sampled is not None:
        seen = plan.sampled
        yield from _wrapped(
            f"Sampled: {count_text(seen.records, 'record')} ({bytes_text(seen.bytes)}) in {seconds_text(seen.seconds)} "
            "on this machine."
        )
    yield from _wrapped(f"Assumed: {'; '.join(plan.assumptions)}.")
    if plan.prices:
        places = "; ".join(f"{table.place}, {table.date}" for table in plan.prices)
        yield from _wrapped(f"Public list prices, never compared with a real invoice: {places}. {_LEFT_OUT}")
        yield from (f"  {table.source}" for table in plan.prices)
    for warning in plan.warnings:
        yield from _wrapped(f"As things stand a run would be refused: {warning}")


def _span(low: float, high: float, text: Callable[..., str]) -> str:
    """``3``, or ``3 to 5``; the unit once where both have the same."""
    low, high = min(low, high), max(low, high)
    first, last = text(low), text(high)
    if first == last:
        return first
    number, _, unit = first.partition(" ")
    return f"{number} to {last}" if unit and last.endswith(f" {unit}") else f"{first} to {last}"


def _whole_number(number: float) -> str:
    return f"{number:,.0f}"


def _row(label: str, text: str) -> str:
    return f"{label:{_LABEL}}{text}"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
