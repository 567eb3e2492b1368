from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.settings.sizes import parse_size, show_size


@pytest.mark.parametrize(
    ("written", "size"),
    [
        (100, 100),
        ("100", 100),
        ("100b", 100),
        ("100MB", 10**8),
        ("100MiB", 100 * 2**20),
        ("1.5GiB", 3 * 2**29),
        ("100 kb", 10**5),
        ("100 KIB", 102400),
        (" .5 kB ", 500),
        ("2.TB", 2 * 10**12),
        (1e6, 10**6),
    ],
)
def test_sizes_as_people_write_them(written: object, size: int) -> None:
    assert parse_size(written) == size


@pytest.mark.parametrize(
    "written",
    ["", " ", "huge", "MB", ".", "-1", "1e6", "1,000", "100M", "1 0", "1.5", "0", 0, -5, "0.0001kB", "9999999PiB", True,
     1.5, float("inf"), float("nan"), None, [], "٣"],
    ids=repr,
)  # fmt: skip
def test_what_is_no_size_is_refused_with_a_way_out(written: object) -> None:
    with pytest.raises(ValueError, match=r"^give "):
        parse_size(written)


@given(st.integers(1, 2**63 - 1))
def test_a_shown_size_reads_back_as_itself(size: int) -> None:
    assert parse_size(show_size(size)) == size


@given(st.integers(1, 10**6), st.sampled_from(["kB", "KiB", "MB", "MiB", "GB", "GiB"]))
def test_sizes_in_whole_units_are_shown_without_a_fraction(count: int, unit: str) -> None:
    assert len(show_size(parse_size(f"{count} {unit}"))) <= len(f"{count} {unit}") + 3


def test_round_sizes_are_shown_in_their_own_unit() -> None:
    assert [show_size(size) for size in (1, 999, 1024, 10**6, 2**29)] == ["1 B", "999 B", "1 KiB", "1 MB", "512 MiB"]
