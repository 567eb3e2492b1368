from __future__ import annotations

import pytest

from corral_core.cli.units import (
    bytes_text,
    clock_text,
    count_text,
    dollars_text,
    memory_text,
    quantity_text,
    rate_text,
    seconds_text,
)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (1234, "1.23 kB"), (999_499, "999 kB"), (999_999, "1 MB"),
     (10**8, "100 MB"), (1.5e12, "1.5 TB"), (10**18, "1000 PB"), (2 * 10**19, "20000 PB")],
)  # fmt: skip
def test_bytes(size: float, text: str) -> None:
    assert bytes_text(size) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (2**29, "512 MiB"),
        (8 * 2**20, "8 MiB"),
        (999 * 2**20, "999 MiB"),
        (2**30, "1 GiB"),
        (25_276_510_208, "23.5 GiB"),
    ],
)
def test_memory_is_told_in_the_units_in_which_it_is_set(size: float, text: str) -> None:
    assert memory_text(size) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0 records"), (1, "1 record"), (12345, "12,345 records")])
def test_counts(number: int, text: str) -> None:
    assert count_text(number, "record") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.00 s"), (9.876, "9.88 s"), (12.4, "12 s"), (59.6, "1 min 0 s"), (185, "3 min 5 s"), (7200, "2 h 0 min")],
)
def test_seconds(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


@pytest.mark.parametrize(
    ("dollars", "text"),
    [(0, "0"), (1234.5, "1,234.50"), (1, "1.00"), (0.5, "0.5"), (0.01234, "0.0123"), (0.0000024, "0.0000024")],
)
def test_dollars(dollars: float, text: str) -> None:
    assert dollars_text(dollars) == text


@pytest.mark.parametrize(
    ("quantity", "text"), [(0, "0"), (3, "3"), (1234.4, "1,234"), (41.23, "41.2"), (0.00123, "0.00123")]
)
def test_quantities(quantity: float, text: str) -> None:
    assert quantity_text(quantity) == text


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.9, "0:59"), (725, "12:05"), (3723, "1:02:03")])
def test_clocks(seconds: float, text: str) -> None:
    assert clock_text(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 records/s"), (850, "850 records/s"), (1234, "1.2 k records/s"), (29_400, "29 k records/s"),
     (999_600, "1.0 M records/s"), (5e9, "5.0 G records/s")],
)  # fmt: skip
def test_rates(number: float, text: str) -> None:
    assert rate_text(number, "records") == text
