"""The columns of the two tables, as the lines of their CSV files hold them."""

from __future__ import annotations

from typing import NamedTuple


class Ranking(NamedTuple):
    url: str
    rank: int
    duration: int

    @classmethod
    def parse(cls, line: str) -> Ranking:
        url, rank, duration = line.split(",")
        return cls(url, int(rank), int(duration))


class Visit(NamedTuple):
    source_ip: str
    url: str
    date: str  # YYYY-MM-DD, so that text compares as days do
    revenue: float

    @classmethod
    def parse(cls, line: str) -> Visit:
        source_ip, url, date, revenue, *_ = line.split(",")
        return cls(source_ip, url, date, float(revenue))
