"""Sessions out of a web server's log: hits of one visitor with less than half an hour between them.

Run it with:

    corral examples/sessions/job.py access.log --out result/
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from corral_core import Driver, Job

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_core import Emitter

GAP = 30 * 60  # seconds
LINE = re.compile(r'(\S+) \S+ \S+ \[([^]]+)\] "[A-Z]+ (\S+) [^"]*" \d{3} (\d+|-)')


class Hit(NamedTuple):
    """A value of the shuffle. The time comes first, so sorted values are in its order."""

    time: int  # seconds since the epoch
    path: str
    size: int  # bytes


class Sessions:
    def map(self, key: str, line: str, emitter: Emitter) -> None:
        found = LINE.match(line)
        if not found:
            emitter.count("bad lines" if line.strip() else "blank lines")
            return
        visitor, stamp, path, size = found.groups()
        try:
            time = datetime.strptime(stamp, "%d/%b/%Y:%H:%M:%S %z")
        except ValueError:
            emitter.count("bad dates")
            return
        emitter.emit(visitor, (int(time.timestamp()), path, 0 if size == "-" else int(size)))

    def reduce(self, visitor: str, hits: Iterator[tuple[int, str, int]], emitter: Emitter) -> None:
        session: list[Hit] = []
        for hit in map(Hit._make, hits):
            if session and hit.time - session[-1].time >= GAP:
                emitter.emit(visitor, summary(session))
                session = []
            session.append(hit)
        emitter.emit(visitor, summary(session))


def summary(session: list[Hit]) -> dict[str, Any]:
    first, last = session[0], session[-1]
    return {
        "start": datetime.fromtimestamp(first.time, UTC).isoformat(),
        "seconds": last.time - first.time,
        "hits": len(session),
        "bytes": sum(hit.size for hit in session),
        "entry": first.path,
    }


# Logs hold whatever browsers send. Latin-1 gives every byte a character, so no line fails to decode.
driver = Driver(Job(Sessions(), Sessions(), sort_values=True), encoding="latin-1")

if __name__ == "__main__":
    driver.main()
