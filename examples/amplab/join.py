"""Query 3, join: who brought most revenue in a range of days, and how good were the pages they saw? In SQL:

    SELECT sourceIP, SUM(adRevenue) AS totalRevenue, AVG(pageRank)
    FROM rankings JOIN uservisits ON pageURL = destURL
    WHERE visitDate BETWEEN '1980-01-01' AND '1980-04-01'
    GROUP BY sourceIP ORDER BY totalRevenue DESC LIMIT 10

Run it with:

    corral examples/amplab/join.py rankings.csv uservisits.csv --out result/
"""

from __future__ import annotations

from heapq import heappushpop
from math import fsum
from typing import TYPE_CHECKING

from corral_core import Driver, Job
from rows import Ranking, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_core import Emitter

RANKING, VISIT = 0, 1  # with sorted values, a page's ranking arrives before the visits to it


class Join:
    def __init__(self, first: str, last: str) -> None:
        self.first, self.last = first, last

    def map(self, key: str, line: str, emitter: Emitter) -> None:
        if line.count(",") == len(Ranking._fields) - 1:
            page = Ranking.parse(line)
            emitter.emit(page.url, (RANKING, page.rank))
        else:
            visit = Visit.parse(line)
            if self.first <= visit.date <= self.last:
                emitter.emit(visit.url, (VISIT, visit.source_ip, visit.revenue))

    def reduce(self, url: str, rows: Iterator[tuple[int, ...]], emitter: Emitter) -> None:
        rank = None
        for table, *columns in rows:  # one page's visits stream by; they are never all in memory
            if table == RANKING:
                (rank,) = columns
            elif rank is None:
                emitter.count("visits to pages without a ranking")
            else:
                source_ip, revenue = columns
                emitter.emit(source_ip, (revenue, rank))


def by_source(source_ip: str, visit: tuple[float, int]) -> Iterator[tuple[str, tuple[float, int]]]:
    yield source_ip, visit


class Top:
    """Keeps the best in its state and emits them when its last key is done."""

    def __init__(self, size: int) -> None:
        self.best: list[tuple[float, str, float]] = [(float("-inf"), "", 0.0)] * size

    def reduce(self, source_ip: str, visits: Iterator[tuple[float, int]], emitter: Emitter) -> None:
        revenues, ranks = zip(*visits, strict=True)
        heappushpop(self.best, (fsum(revenues), source_ip, sum(ranks) / len(ranks)))

    def finish(self, emitter: Emitter) -> None:
        for revenue, source_ip, rank in sorted(self.best, reverse=True):
            if source_ip:
                emitter.emit(source_ip, [round(revenue, 2), round(rank, 2)])


join = Join("1980-01-01", "1980-04-01")
driver = Driver(
    [
        Job(join, join, sort_values=True, name="join"),
        Job(by_source, Top(10), reducers=1, name="top"),  # one reducer sees all keys, so its best are the best of all
    ]
)

if __name__ == "__main__":
    driver.main()
