"""Sums over the tasks that won."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from corral_core.tasks import DeadLetters, Done, Stats

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from corral_core.tasks import Output

__all__ = ["Totals", "phase_stats"]


class Totals:
    """What the winners of a run add up to, phase by phase."""

    def __init__(self) -> None:
        self._phases: list[Stats] = []
        self._counters: dict[str, int] = {}
        self.dead_letters: list[DeadLetters] = []
        """The files of bad records, in the order of the input."""

    def add(self, done: Sequence[Done]) -> None:
        """A phase's answers, each task's once."""
        self._phases.append(phase_stats(done))
        self.dead_letters += [reply.dead_letters for reply in done if reply.dead_letters is not None]
        for reply in done:
            for name, amount in reply.counters.items():
                self._counters[name] = self._counters.get(name, 0) + amount

    @property
    def counters(self) -> dict[str, int]:
        """By name in order."""
        return dict(sorted(self._counters.items()))

    def stats(self, outputs: Sequence[Output]) -> Stats:
        """What the first phase read and the outputs hold; the rest over all."""
        phases = self._phases
        return Stats(
            records_in=phases[0].records_in,
            bytes_in=phases[0].bytes_in,
            records_out=sum(output.records for output in outputs),
            bytes_out=sum(output.size for output in outputs),
            spills=sum(phase.spills for phase in phases),
            seconds=sum(phase.seconds for phase in phases),
            peak_memory=max(phase.peak_memory for phase in phases),
            bad_records=sum(phase.bad_records for phase in phases),
            requests=_added(phases),
        )


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
        requests=_added(stats),
    )


def _added(stats: Iterable[Stats]) -> dict[str, int]:
    requests: Counter[str] = Counter()
    for some in stats:
        requests.update(some.requests)
    return dict(sorted(requests.items()))
