"""What a plan assumes: how fast tasks are and how much comes out of them. One scenario if all goes well, one if not."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

__all__ = ["Ratio", "Scenario", "StageScenario", "assumed", "sentences"]

MAP_SPEED = (10e6, 50e6)
"""Bytes of input that a core maps in a second: from a regular expression for each line to word count by an aggregator
(docs/explanation/performance.md), the range that planner.py reckons with."""
REDUCE_SPEED = (5e6, 25e6)
"""Bytes of segments, which are compressed, that a core reduces in a second."""
SHUFFLED = (0.05, 0.5)
"""Bytes of segments for a byte of input."""
OUTPUT = (0.1, 2.0)
"""Bytes of output for a byte of segments, or, without a reducer, of input."""
ALIKE = 0.1
"""What is left of a byte of segments, beyond a sample's, where more values of each key compress together: 0.14 for word
count without a combiner over twenty times its sample."""
UNPACKED = (3, 6)
"""Bytes of text for a byte of a compressed file."""
TASK_SECONDS = {False: (0.01, 0.03), True: (0.05, 0.6)}
"""What a task takes beside its data, by whether it runs elsewhere; a cold start there is the upper end."""
OTHER_CORE = (1.5, 0.6)
"""How many times as fast as this machine's, by which a sample was measured, the cores of the run may be."""


class Ratio(NamedTuple):
    """Bytes that come out of a task: ``factor`` for each of the first ``seen`` that go in, ``again`` times as many for
    the rest, among which keys come again."""

    factor: float
    seen: int = 0
    again: float = 1.0

    def of(self, size: int, tasks: int) -> int:
        """What ``tasks`` tasks make of ``size`` bytes together."""
        fresh = min(size, self.seen * tasks)
        return round(self.factor * (fresh + self.again * (size - fresh)))


class StageScenario(msgspec.Struct, frozen=True):
    """One stage's."""

    map_speed: float
    """Bytes of stored input in a second of a whole core."""
    reduce_speed: float
    """Bytes of segments in the same."""
    shuffled: Ratio
    output: Ratio
    """Of bytes of segments; without a reducer, of input."""


class Scenario(msgspec.Struct, frozen=True):
    """A run's."""

    stages: tuple[StageScenario, ...]
    task_seconds: float


def assumed(stages: int, packed: float, *, remote: bool) -> tuple[Scenario, Scenario]:
    """Low and high, where nothing was measured.

    :param packed: the share of the input that is compressed.
    """

    def scenario(well: int) -> Scenario:
        ill = 1 - well
        unpacked = 1 + packed * (UNPACKED[ill] - 1)
        first = StageScenario(
            MAP_SPEED[well] / unpacked, REDUCE_SPEED[well], Ratio(SHUFFLED[ill] * unpacked), Ratio(OUTPUT[ill])
        )
        later = StageScenario(MAP_SPEED[well], REDUCE_SPEED[well], Ratio(SHUFFLED[ill]), Ratio(OUTPUT[ill]))
        return Scenario((first, *[later] * (stages - 1)), TASK_SECONDS[remote][ill])

    return scenario(1), scenario(0)


def sentences(*, sampled: bool, packed: bool, remote: bool, cpu: float) -> tuple[str, ...]:
    """What the scenarios rest on."""
    least, most = TASK_SECONDS[remote]
    told = [f"a task takes {least:g} to {most:g} s beside its data"]
    if cpu < 1:
        told.append(f"a task has {cpu:.2f} of a core")
    if sampled:
        told.append(f"the run's cores are {OTHER_CORE[1]:g} to {OTHER_CORE[0]:g} times as fast as this machine's")
        told.append("the rest is like the sample; where its keys come again, it may combine or compress better")
        return tuple(told)
    told += [
        f"a core maps {_millions(MAP_SPEED)} MB of input a second and reduces {_millions(REDUCE_SPEED)} MB of segments",
        f"segments have {SHUFFLED[0]:.0%} to {SHUFFLED[1]:.0%} of the bytes that are mapped",
        f"outputs have {OUTPUT[0]:g} to {OUTPUT[1]:g} times the bytes that are reduced",
    ]
    if packed:
        told.append(f"compressed files hold {UNPACKED[0]} to {UNPACKED[1]} times their size")
    return tuple(told)


def _millions(span: tuple[float, float]) -> str:
    return f"{span[0] / 1e6:g} to {span[1] / 1e6:g}"
