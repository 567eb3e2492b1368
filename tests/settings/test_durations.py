from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.settings.durations import parse_duration, show_duration


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (90, 90),
        (1.5, 1.5),
        ("90", 90),
        ("90s", 90),
        ("90 sec", 90),
        ("1.5 min", 90),
        ("2m", 120),
        ("2H", 7200),
        ("1d", 86400),
        (" 500 ms ", 0.5),
        (".5h", 1800),
    ],
)
def test_durations_as_people_write_them(written: object, seconds: float) -> None:
    assert parse_duration(written) == seconds


@pytest.mark.parametrize(
    "written",
    ["", " ", "soon", "s", ".", "-1", "1e3", "1,000", "1 0", "3 weeks", "1h30", "0", "0 s", 0, -5, 0.0, True, None, [],
     float("inf"), float("nan"), "٣"],
    ids=repr,
)  # fmt: skip
def test_what_is_no_duration_is_refused_with_a_way_out(written: object) -> None:
    with pytest.raises(ValueError, match=r"^give "):
        parse_duration(written)


@given(st.one_of(st.integers(1, 10**7), st.integers(1, 10**6).map(lambda ms: ms / 1000)))
def test_a_shown_duration_reads_back_as_itself(seconds: float) -> None:
    assert parse_duration(show_duration(seconds)) == pytest.approx(seconds, rel=1e-5)


def test_round_durations_are_shown_in_their_own_unit() -> None:
    shown = [show_duration(seconds) for seconds in (0.5, 1, 90, 120, 900, 7200, 86400, 90000)]
    assert shown == ["0.5 s", "1 s", "90 s", "2 min", "15 min", "2 h", "1 d", "25 h"]
