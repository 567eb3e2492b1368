"""Aggregators by themselves: any tree of merges gives what one line of Python gives."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.aggregators import Aggregator, Count, Distinct, Max, Mean, Min, Sum, TopK
from corral_core.errors import CarryError
from corral_core.keys import admit, order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

finite = st.one_of(
    st.integers(-(2**70), 2**70),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([1e308, -1e308, 1e16, 1.0, 1e-320, 0.1, -0.0]),
)
wild = st.one_of(finite, st.sampled_from([math.inf, -math.inf, math.nan]))
plain = st.one_of(st.integers(-3, 3), st.booleans(), st.sampled_from([0.0, -0.0, 1.0, 2.5, -1.0]))
groupings = st.lists(st.integers(1, 6))
"""How many values are added to an accumulator before the next one begins."""


def folded(aggregator: Aggregator, values: Sequence[Any], sizes: list[int], *, pairwise: bool) -> Any:
    """The answer over these values in pieces, each piece packed on its way, merged in a row or as a tree."""
    rest, pieces = list(values), []
    for size in [*sizes, len(rest)]:
        piece, rest = rest[:size], rest[size:]
        if piece:
            whole = aggregator.create(piece[0])
            for value in piece[1:]:
                whole = aggregator.add(whole, value)
            pieces.append(aggregator.pack(whole))
    while len(pieces) > 1:
        merged = aggregator.pack(aggregator.merge(aggregator.unpack(pieces[0]), aggregator.unpack(pieces[1])))
        pieces = [merged, *pieces[2:]]
        if pairwise and len(pieces) > 2:
            last = aggregator.pack(aggregator.merge(aggregator.unpack(pieces[-2]), aggregator.unpack(pieces[-1])))
            pieces = [*pieces[:-2], last]
    return aggregator.finish_value(aggregator.unpack(pieces[0]))


def rounded(exact: Fraction) -> float:
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


def total(values: list[float]) -> float:
    """A sum: an int for ints, else rounded once; infinities and NaN as ``+`` has them."""
    special = [x for x in values if not math.isfinite(x)]
    if special:
        return sum(special)
    exact = sum(map(Fraction, values), Fraction(0))
    return rounded(exact) if any(isinstance(x, float) for x in values) else int(exact)


def mean(values: list[float]) -> float:
    special = [x for x in values if not math.isfinite(x)]
    return sum(special) if special else rounded(sum(map(Fraction, values), Fraction(0)) / len(values))


def distinct(values: list[Any]) -> list[Any]:
    return sorted({order(value): value for value in reversed(values)}.values(), key=order)


EXACT: dict[str, tuple[Aggregator, Callable[[list[Any]], Any]]] = {
    "Count": (Count(), len),
    "Min": (Min(), min),
    "Max": (Max(), max),
    "TopK 1": (TopK(1), lambda values: [max(values)]),
    "TopK 3": (TopK(3), lambda values: sorted(values, reverse=True)[:3]),
    "Distinct": (Distinct(), distinct),
}


@pytest.mark.parametrize(("aggregator", "reference"), EXACT.values(), ids=EXACT)
@given(values=st.lists(plain, min_size=1), sizes=groupings, pairwise=st.booleans())
def test_any_grouping_gives_the_reference_with_its_types(
    *, aggregator: Aggregator, reference: Any, values: list[Any], sizes: list[int], pairwise: bool
) -> None:
    assert repr(folded(aggregator, values, sizes, pairwise=pairwise)) == repr(reference(values))


@pytest.mark.parametrize(("aggregator", "reference"), [(Sum(), total), (Mean(), mean)], ids=["Sum", "Mean"])
@given(values=st.lists(wild, min_size=1, max_size=80), sizes=groupings, pairwise=st.booleans())
def test_any_grouping_of_numbers_is_exact_and_rounded_once(
    *, aggregator: Aggregator, reference: Any, values: list[Any], sizes: list[int], pairwise: bool
) -> None:
    answer = folded(aggregator, values, sizes, pairwise=pairwise)
    wanted = reference(values)
    assert type(answer) is type(wanted)
    assert answer == wanted or (math.isnan(answer) and math.isnan(wanted))


@given(values=st.lists(st.one_of(wild, st.just(1)), max_size=100), keys=st.sampled_from([["k"], ["k", 1, True, "l"]]))
@pytest.mark.parametrize(
    "aggregator", [Sum(), Count(), Mean(), Min(), TopK(2), Distinct()], ids=lambda a: type(a).__name__
)
def test_the_emitter_of_an_aggregator_equals_its_adding(
    aggregator: Aggregator, values: list[Any], keys: list[Any]
) -> None:
    values = [value for value in values if value == value]
    fast: dict[Any, Any] = {}
    slow: dict[Any, Any] = {}
    emit, emit_slowly = aggregator.emitter(fast), Aggregator.emitter(aggregator, slow)
    for number, value in enumerate(values):
        emit(keys[number % len(keys)], value)
        emit_slowly(keys[number % len(keys)], value)
    many: dict[Any, Any] = {}
    aggregator.absorber(many)((keys[number % len(keys)], value) for number, value in enumerate(values))
    assert list(many.items()) == list(fast.items())
    assert list(fast) == list(slow)
    assert set(fast) <= set(map(admit, keys))
    assert [repr(aggregator.finish_value(whole)) for whole in fast.values()] == [
        repr(aggregator.finish_value(whole)) for whole in slow.values()
    ]


@pytest.mark.parametrize("odd", [math.nan, math.inf, 1.7e308], ids=["nan", "inf", "large"])
def test_an_accumulator_of_floats_stays_small_whatever_they_are(odd: float) -> None:
    fold, whole = Sum(), Sum().create(odd)
    for number in range(1000):
        whole = fold.add(whole, odd if number % 2 else number / 7)
    assert len(whole) < 100


def test_a_sum_keeps_ints_exact_beyond_any_float() -> None:
    assert folded(Sum(), [2**1100, 1, -(2**1100)], [], pairwise=False) == 1
    assert folded(Sum(), [10**400, 0.5, -(10**400)], [1, 1], pairwise=False) == 0.5


@pytest.mark.parametrize("value", ["1", None, [1], 1j])
@pytest.mark.parametrize("fold", [Sum(), Mean()], ids=["Sum", "Mean"])
def test_a_sum_refuses_what_is_no_number_and_names_its_type(fold: Aggregator, value: Any) -> None:
    with pytest.raises(TypeError, match=f"{type(fold).__name__} adds int and float, not {type(value).__name__}"):
        fold.create(value)


@pytest.mark.parametrize("fold", [Min(), Max(), TopK(1)], ids=["Min", "Max", "TopK"])
def test_nan_has_no_place_among_the_smallest_and_largest(fold: Aggregator) -> None:
    whole = fold.create(1.0)
    with pytest.raises(ValueError, match="can't compare NaN: leave such values out"):
        fold.add(whole, math.nan)


def test_distinct_refuses_values_that_are_no_keys() -> None:
    with pytest.raises(CarryError, match="list"):
        Distinct().create([1])
    with pytest.raises(CarryError, match="NaN"):
        Distinct().create(math.nan)


def test_top_k_keeps_at_least_one() -> None:
    with pytest.raises(ValueError, match="at least 1 value, not 0"):
        TopK(0)


class Longest(Aggregator):
    """As short as an aggregator can be."""

    def create(self, value: str) -> str:
        return value

    def merge(self, left: str, right: str) -> str:
        return max(left, right, key=len)


@given(values=st.lists(st.text(max_size=5), min_size=1), sizes=groupings, pairwise=st.booleans())
def test_two_methods_make_an_aggregator(values: list[str], sizes: list[int], *, pairwise: bool) -> None:
    assert folded(Longest(), values, sizes, pairwise=pairwise) == max(values, key=len)
