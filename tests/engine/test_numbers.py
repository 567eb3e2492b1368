"""Built-in aggregators through the whole engine: Python's answer, and for floats the same bytes for any cut."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core import Aggregator, Count, Distinct, Job, Max, Mean, Min, Sum, TopK
from corral_core.keys import stable_hash
from tests.engine.conftest import Bench, Plan, plans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Files = list[list[list[tuple[str, int]]]]
AGGREGATORS: dict[str, tuple[Any, Callable[[list[int]], Any]]] = {
    "Count": (Count(), len),
    "Min": (Min, min),
    "Max": (Max(), max),
    "TopK": (TopK(3), lambda values: sorted(values, reverse=True)[:3]),
    "Distinct": (Distinct(), lambda values: sorted(set(values))),
    "Sum": (Sum(), sum),
    "Mean": (Mean(), lambda values: sum(values) / len(values)),
}
pairs = st.tuples(st.sampled_from("abc"), st.integers(-9, 9))
floats = st.one_of(
    st.integers(-(2**80), 2**80),
    st.floats(),
    st.sampled_from([math.inf, -math.inf, 1e308, -1e308, 1e16, 1.0, -0.0, 1e-320]),
)


def numbers(key: str, value: str) -> Iterator[tuple[str, Any]]:
    for pair in value.split():
        word, _, number = pair.partition("=")
        yield word, float(number) if set(number) & set(".einf") else int(number)


@pytest.mark.parametrize(("aggregator", "reference"), AGGREGATORS.values(), ids=AGGREGATORS)
@given(files=st.lists(st.lists(st.lists(pairs)), min_size=1, max_size=2), plan=plans)
def test_a_built_in_aggregator_gives_what_python_gives(
    *,
    aggregator: Any,
    reference: Callable[[list[int]], Any],
    bench: Bench,
    files: list[list[list[tuple[str, int]]]],
    plan: Plan,
) -> None:
    content = ["".join(" ".join(f"{w}={n}" for w, n in line) + "\n" for line in file).encode() for file in files]
    ended = bench.run(Job(numbers, aggregator, reducers=2), content, plan)
    values: dict[str, list[int]] = {}
    for word, number in (pair for file in files for line in file for pair in line):
        values.setdefault(word, []).append(number)
    parts = [""] * 2
    for word in sorted(values):
        parts[stable_hash(word) % 2] += f"{word}\t{reference(values[word])}\n".replace(", ", ",")
    assert ended.outputs == [part.encode() for part in parts]


@pytest.mark.parametrize("aggregator", [Sum(), Mean()], ids=["Sum", "Mean"])
@given(values=st.lists(floats, min_size=1), first=plans, second=plans)
def test_floats_give_the_same_bytes_however_they_are_cut(
    *, aggregator: Aggregator, bench: Bench, values: list[float], first: Plan, second: Plan
) -> None:
    content = ["".join(f"k={value}\n" for value in values).encode()]
    job = Job(numbers, aggregator, reducers=1)
    answers = [bench.run(job, content, plan).outputs for plan in (first, second)]
    assert answers[0] == answers[1]
