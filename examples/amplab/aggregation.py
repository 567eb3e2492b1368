"""Query 2, aggregation: SELECT SUBSTR(sourceIP, 1, 8), SUM(adRevenue) FROM uservisits GROUP BY SUBSTR(sourceIP, 1, 8)

Run it with:

    corral examples/amplab/aggregation.py uservisits.csv --out result/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core import Driver, Job, Sum
from rows import Visit

if TYPE_CHECKING:
    from corral_core import Emitter


class RevenueByPrefix:
    def __init__(self, length: int) -> None:
        self.length = length

    def map(self, key: str, line: str, emitter: Emitter) -> None:
        visit = Visit.parse(line)
        emitter.emit(visit.source_ip[: self.length], visit.revenue)


job = Job(RevenueByPrefix(length=8), Sum())  # Sum rounds once, so the answer does not depend on how the input is split

if __name__ == "__main__":
    Driver(job).main()
