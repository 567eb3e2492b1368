"""Query 1, scan: SELECT pageURL, pageRank FROM rankings WHERE pageRank > 100

Run it with:

    corral examples/amplab/scan.py rankings.csv --out result/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core import Driver, Job
from rows import Ranking

if TYPE_CHECKING:
    from corral_core import Emitter


class Scan:
    def __init__(self, above: int) -> None:
        self.above = above

    def map(self, key: str, line: str, emitter: Emitter) -> None:
        page = Ranking.parse(line)
        if page.rank > self.above:
            emitter.emit(page.url, page.rank)


job = Job(Scan(above=100))  # no reducer: what the mappers emit is the output

if __name__ == "__main__":
    Driver(job).main()
