"""The promise of the whole engine: however a job is cut, spilled and merged, its outputs are those of one line of
Python, byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corral_core import Aggregator, Job, batch
from corral_core.keys import order, stable_hash
from tests.engine.conftest import Bench, Plan, plans, tight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

KEYS: dict[str, Any] = {
    "1": 1,
    "1.0": 1.0,
    "true": True,
    "text": "1",
    "bytes": b"1",
    "none": None,
    "zero": 0.0,
    "minus": -0.0,
    "big": 2**70,
    "small": -(2**63),
    "pair": (1, "a"),
    "typed": (1.0, "a"),
    "deep": (True, (None, (b"", ""))),
    "empty": (),
    "half": "\ud800",
    "ä": "ä",
}
"""What stands in a line for each key that corral keeps apart from the others, 0.0 and -0.0 excepted."""


words = st.sampled_from(sorted(KEYS))
lines = st.lists(st.lists(st.tuples(words, st.integers(0, 9)), max_size=4), max_size=12)
inputs = st.lists(lines, min_size=1, max_size=3)
Pairs = list[tuple[Any, Any]]


def encoded(files: list[list[list[tuple[str, int]]]]) -> list[bytes]:
    return ["".join(" ".join(f"{w}:{n}" for w, n in line) + "\n" for line in file).encode() for file in files]


def pairs_of(line: str) -> Iterator[tuple[Any, str]]:
    """A line's keys, each with its number."""
    for field_ in line.split():
        word, _, number = field_.partition(":")
        yield KEYS[word], number


def emitted(files: list[list[list[tuple[str, int]]]]) -> Pairs:
    return [(KEYS[word], str(number)) for file in files for line in file for word, number in line]


class Emitting:
    def map(self, key: str, value: str, emitter: Any) -> None:
        for pair in pairs_of(value):
            emitter.emit(*pair)


class Holding:
    """Emits a record's pairs when the next one comes, and the last at the end."""

    def __init__(self) -> None:
        self.held: Pairs = []

    def start(self, emitter: Any) -> None:
        assert self.held == []

    def map(self, key: str, value: str, emitter: Any) -> None:
        self.finish(emitter)
        self.held = list(pairs_of(value))

    def finish(self, emitter: Any) -> None:
        for pair in self.held:
            emitter.emit(*pair)


class Batching:
    def map_batch(self, records: Iterable[tuple[str, str]]) -> Iterator[tuple[Any, str]]:
        return (pair for _, line in records for pair in pairs_of(line))


def emitting(key: str, value: str, emitter: Any) -> None:
    Emitting().map(key, value, emitter)


def generating(key: str, value: str) -> Iterator[tuple[Any, str]]:
    yield from pairs_of(value)


def listing(key: str, value: str) -> list[tuple[Any, str]]:
    return list(pairs_of(value))


@batch
def batching(records: Iterable[tuple[str, str]]) -> Iterator[tuple[Any, str]]:
    return Batching().map_batch(records)


MAPPERS: dict[str, Any] = {
    "emitter": Emitting(),
    "class": Holding,
    "function": emitting,
    "generator": generating,
    "list": listing,
    "batch": batching,
    "map_batch": Batching(),
}


def joined(key: Any, values: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Shows the key's type, each value and their order."""
    yield ascii(key), "".join(values)


def rejoined(key: Any, values: Iterable[str]) -> Iterator[tuple[Any, str]]:
    yield key, "".join(values)


class Join(Aggregator):
    """Keeps the order of values, so that an accumulator out of its place shows."""

    def create(self, value: str) -> str:
        return value

    def merge(self, left: str, right: str) -> str:
        return left + right


class JoinPacked(Join):
    """The same, with an accumulator that must be packed."""

    def create(self, value: str) -> Any:
        return {value}, [value]

    def merge(self, left: Any, right: Any) -> Any:
        return left[0] | right[0], left[1] + right[1]

    def finish_value(self, accumulator: Any) -> str:
        return "".join(accumulator[1])

    def pack(self, accumulator: Any) -> Any:
        return accumulator[1]

    def unpack(self, packed: Any) -> Any:
        return set(packed), packed


def expected(pairs: Pairs, reducers: int, answer: Callable[[Any, list[Any]], tuple[str, str]]) -> list[bytes]:
    """Each reducer's output, by sorting and grouping in memory."""
    groups: dict[Any, tuple[Any, list[Any]]] = {}
    for key, value in pairs:
        groups.setdefault(order(key), (key, []))[1].append(value)
    parts = [b""] * reducers
    for _, (key, values) in sorted(groups.items()):
        parts[stable_hash(key) % reducers] += ("\t".join(answer(key, values)) + "\n").encode()
    return parts


def in_order(key: Any, values: list[str]) -> tuple[str, str]:
    return ascii(key), "".join(values)


def in_sequence(key: Any, values: list[str]) -> tuple[str, str]:
    return ascii(key), "".join(sorted(values))


@dataclass
class Variant:
    """A job's shuffle, and what it must give."""

    options: dict[str, Any]
    reducer: Any = joined
    answer: Callable[[Any, list[Any]], tuple[str, str]] = in_order
    fields: dict[str, Any] = field(default_factory=dict)


VARIANTS = {
    "plain": Variant({}),
    "combiner": Variant({"combiner": rejoined}),
    "sorted values": Variant({"sort_values": True}, answer=in_sequence),
    "aggregator as combiner": Variant({"combiner": Join()}),
    "packed aggregator as combiner": Variant({"combiner": JoinPacked}),
    "aggregator and sorted values": Variant({"combiner": Join(), "sort_values": True}),
    "pickle": Variant({"codec": "pickle"}),
}


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
@given(files=inputs, plan=plans, reducers=st.integers(1, 4))
def test_any_cut_gives_the_bytes_of_a_reference(
    variant: Variant, bench: Bench, files: Any, plan: Plan, reducers: int
) -> None:
    job = Job(MAPPERS[plan.style], variant.reducer, reducers=reducers, **variant.options)
    ended = bench.run(job, encoded(files), plan)
    assert ended.outputs == expected(emitted(files), reducers, variant.answer)


def lengths(key: str, value: str) -> Iterator[tuple[int, str]]:
    yield len(value), value


@given(
    text=st.text(st.characters(codec="utf-8"), max_size=60),
    plan=plans,
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_every_line_of_any_text_is_mapped_once_and_in_order(bench: Bench, text: str, plan: Plan, end: str) -> None:
    data = text.replace("\n", end).encode()
    whole = data.decode().split("\n")
    mapped = [line.removesuffix("\r") for line in whole[:-1]] + ([whole[-1]] if whole[-1] else [])
    job = Job(lengths, lambda key, values: [(str(key), ascii("|".join(values)))], reducers=1)
    ended = bench.run(job, [data], plan)
    pairs = [(len(line), line) for line in mapped]
    assert ended.outputs == expected(pairs, 1, lambda key, values: (str(key), ascii("|".join(values))))


@settings(max_examples=15)
@given(files=inputs, plan=plans, reducers=st.integers(1, 3))
def test_a_stage_reads_the_typed_records_of_the_one_before(bench: Bench, files: Any, plan: Plan, reducers: int) -> None:
    first = Job(MAPPERS[plan.style], lambda key, values: [(key, (key, "".join(values)))], reducers=reducers)
    second = Job(lambda key, value: [(key, value)], lambda key, values: [(ascii(key), ascii(list(values)))], reducers=2)
    ended = bench.run([first, second], encoded(files), plan)
    last = expected(emitted(files), 2, lambda key, values: (ascii(key), ascii([(key, "".join(values))])))
    assert ended.outputs == last


def test_a_key_of_very_many_values_goes_through_many_merges(bench: Bench) -> None:
    content = b"".join(b"1:%d\n" % (n % 10) for n in range(3000))
    with tight(values=7, wide=3):
        ended = bench.run(
            Job(generating, joined, reducers=1), [content], split_size=500, map_bin_size=2000, task_memory=1
        )
    assert ended.outputs == [b"1\t" + b"0123456789" * 300 + b"\n"]
    assert ended.result.stats.spills > 10
