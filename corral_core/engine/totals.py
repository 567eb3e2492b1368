"""Sums over the tasks that won."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core.tasks import Done, Stats

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["phase_stats", "run_stats", "total_counters"]


def phase_stats(done: Iterable[Done]) -> Stats:
    """A phase's tasks added up; of the peak memory, the largest."""
    stats = [reply.stats for reply in done]
    return Stats(
        records_in=sum(s.records_in for s in stats),
        bytes_in=sum(s.bytes_in for s in stats),
        records_out=sum(s.records_out for s in stats),
        bytes_out=sum(s.bytes_out for s in stats),
        spills=sum(s.spills for s in stats),
        seconds=sum(s.seconds for s in stats),
        peak_memory=max((s.peak_memory for s in stats), default=0),
        bad_records=sum(s.bad_records for s in stats),
    )


def run_stats(phases: Sequence[Stats]) -> Stats:
    """A run: what its first phase read and what its last wrote; the rest over all."""
    return Stats(
        records_in=phases[0].records_in,
        bytes_in=phases[0].bytes_in,
        records_out=phases[-1].records_out,
        bytes_out=phases[-1].bytes_out,
        spills=sum(phase.spills for phase in phases),
        seconds=sum(phase.seconds for phase in phases),
        peak_memory=max(phase.peak_memory for phase in phases),
        bad_records=sum(phase.bad_records for phase in phases),
    )


def total_counters(done: Iterable[Done]) -> dict[str, int]:
    """Counters added up, by name in order."""
    total: dict[str, int] = {}
    for reply in done:
        for name, amount in reply.counters.items():
            total[name] = total.get(name, 0) + amount
    return dict(sorted(total.items()))
