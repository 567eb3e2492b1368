from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.errors import SettingsError
from corral_core.settings.limits import parse_limit, parse_share, show_limit, show_share


@pytest.mark.parametrize(
    ("written", "limit"),
    [
        (0, 0),
        ("0", 0),
        (10, 10),
        ("10", 10),
        (" 10 ", 10),
        ("1", 1),
        (1, 1),
        ("1.0", 1.0),
        (1.0, 1.0),
        ("100%", 1.0),
        ("1%", 0.01),
        ("0.01", 0.01),
        (0.01, 0.01),
        (".5", 0.5),
        ("29 %", 0.29),
        ("0.1%", 0.001),
        ("0.7%", 0.007),
    ],
)
def test_a_number_is_an_int_and_a_share_a_float(written: object, limit: float) -> None:
    got = parse_limit(written)
    assert (got, type(got)) == (limit, type(limit))


@pytest.mark.parametrize("nothing", ["0%", "0.0", 0.0, -0.0])
def test_no_share_is_the_number_0(nothing: object) -> None:
    assert type(parse_limit(nothing)) is int


@pytest.mark.parametrize(
    "written",
    ["", "x", "-1", -1, "1.5", 1.5, "101%", "-1%", -0.5, "1e-3", "1,000", "%", ".", "1 0", "٣", "9" * 99, True, None,
     [], float("nan"), float("inf")],
    ids=repr,
)  # fmt: skip
def test_what_is_neither_is_refused_with_a_way_out(written: object) -> None:
    with pytest.raises(ValueError, match=r"^give a number such as 10, or a share such as 1% or 0\.01$"):
        parse_limit(written)


@pytest.mark.parametrize(
    ("written", "share"),
    [
        ("75%", 0.75),
        ("0.75", 0.75),
        (0.75, 0.75),
        ("1", 1.0),
        (1, 1.0),
        ("100%", 1.0),
        ("0", 0.0),
        (0, 0.0),
        ("0%", 0.0),
    ],
)
def test_where_there_is_no_number_1_is_all(written: object, share: float) -> None:
    got = parse_share(written)
    assert (got, type(got)) == (share, float)


@pytest.mark.parametrize("written", ["", "x", "2", 2, "101%", -0.1, "-1%", True, None, [], float("nan")], ids=repr)
def test_what_is_no_share_is_refused_with_a_way_out(written: object) -> None:
    with pytest.raises(ValueError, match=r"^give a share such as 75% or 0\.75$"):
        parse_share(written)


@given(st.floats(0, 1))
def test_a_shown_share_reads_back_as_itself(share: float) -> None:
    shown = show_share(share)
    assert (float(shown) if "e-" in shown else parse_share(shown)) == share


@given(st.integers(0, 10**17) | st.floats(0, 1))
def test_a_shown_limit_reads_back_as_itself(limit: float) -> None:
    limit = parse_limit(limit)
    shown = show_limit(limit)
    assert (float(shown) if "e-" in shown else parse_limit(shown)) == limit


@given(st.integers(1, 100))
def test_shares_in_whole_per_cent_are_shown_so(percent: int) -> None:
    assert show_limit(parse_limit(f"{percent}%")) == f"{percent}%"


@pytest.mark.parametrize(("written", "share"), [("50%", 0.5), ("0.5", 0.5), ("1", 1.0)])
def test_every_layer_takes_shares(written: str, share: float, load: Any) -> None:
    for layer in ({"options": {"backupFraction": written}}, {"flags": {"backup_fraction": written}},
                  {"env": {"CORRAL_BACKUP_FRACTION": written}}):  # fmt: skip
        assert load(**layer).core.backup_fraction == share


@pytest.mark.parametrize(("written", "limit"), [("5", 5), ("1%", 0.01), ("1.0", 1.0)])
def test_every_layer_takes_both(written: str, limit: float, load: Any) -> None:
    for layer in ({"options": {"maxBadRecords": written}}, {"flags": {"max_bad_records": written}},
                  {"env": {"CORRAL_MAX_BAD_RECORDS": written}}):  # fmt: skip
        got = load(**layer).core.max_bad_records
        assert (got, type(got)) == (limit, type(limit))


def test_a_bad_limit_names_its_layer(load: Any) -> None:
    with pytest.raises(SettingsError, match="bad value 'many' for maxBadRecords from flag --max-bad-records: give a"):
        load(flags={"max_bad_records": "many"})
    with pytest.raises(SettingsError, match=r"bad value True for maxBadRecords from .*: give a number such as 10"):
        load(options={"max_bad_records": True})
