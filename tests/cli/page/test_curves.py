from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.cli.page.curves import BINS, Peaks, Sums

places = st.floats(0, BINS)
spans = st.tuples(places, places).map(lambda ends: (min(ends), max(ends)))


@given(st.lists(st.tuples(spans, st.floats(0, 1e6)), max_size=6))
def test_what_is_spread_is_what_each_bin_overlaps(spread: list[tuple[tuple[float, float], float]]) -> None:
    sums, wanted = Sums(), [0.0] * BINS
    for (began, ended), amount in spread:
        sums.add(began, ended, amount)
        for place in range(BINS):
            if ended - began >= 1e-6:
                overlap = max(0.0, min(ended, place + 1) - max(began, place))
                wanted[place] += amount * overlap / (ended - began)
            elif place == min(BINS - 1, int(began)):
                wanted[place] += amount
    assert sums.values() == pytest.approx(wanted, rel=1e-6, abs=1e-6)
    assert min(sums.values()) >= 0


def test_it_lies_where_it_happened() -> None:
    sums = Sums()
    sums.add(1.5, 4.0, 5.0)
    assert sums.values()[:6] == [0.0, 1.0, 2.0, 2.0, 0.0, 0.0]


@given(st.lists(st.tuples(spans, st.integers(1, 99)), max_size=6))
def test_a_peak_is_the_largest_value_whose_span_touches_the_bin(seen: list[tuple[tuple[float, float], int]]) -> None:
    peaks, wanted = Peaks(), [0] * BINS
    for (began, ended), value in seen:
        peaks.add(began, ended, value)
        first = min(BINS - 1, int(began))
        for place in range(first, max(first + 1, ceil(ended))):
            wanted[place] = max(wanted[place], value)
    assert peaks.values() == wanted
