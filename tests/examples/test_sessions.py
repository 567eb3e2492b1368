from __future__ import annotations

import itertools
import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.examples.conftest import Example

EXAMPLE = "sessions"


def reference(path: str) -> tuple[dict[str, list[dict[str, Any]]], dict[str, int]]:
    """Sessions by visitor, and the counters: the whole file at once, with no regular expression."""
    hits: dict[str, list[tuple[int, str, int]]] = defaultdict(list)
    counters: dict[str, int] = defaultdict(int)
    for line in Path(path).read_text(encoding="latin-1").split("\n")[:-1]:
        fields = line.split(" ")
        if len(fields) < 10 or not fields[3].startswith("["):
            counters["bad lines" if line.strip() else "blank lines"] += 1
        elif "Mar" not in line and "Feb" not in line:
            counters["bad dates"] += 1
        else:
            time = datetime.strptime(" ".join(fields[3:5]), "[%d/%b/%Y:%H:%M:%S %z]")
            hits[fields[0]].append((int(time.timestamp()), fields[6], int(fields[9].replace("-", "0"))))
    return {visitor: sessions(sorted(of_one)) for visitor, of_one in hits.items()}, counters


def sessions(hits: list[tuple[int, str, int]]) -> list[dict[str, Any]]:
    edges = [0, *(i for i in range(1, len(hits)) if hits[i][0] - hits[i - 1][0] >= 1800), len(hits)]
    return [
        {
            "start": datetime.fromtimestamp(hits[a][0], UTC).isoformat(),
            "seconds": hits[b - 1][0] - hits[a][0],
            "hits": b - a,
            "bytes": sum(size for _, _, size in hits[a:b]),
            "entry": hits[a][1],
        }
        for a, b in itertools.pairwise(edges)
    ]


def test_sessions_and_counters(example: Example) -> None:
    """Every session of every visitor is found, and each line that could not be used is counted by its fault."""
    done = example.run("job.py", "access.log", flags=("--reducers", "2", "--split-size", "10kB"))
    expected, counters = reference(example.sample("access.log"))
    answer: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for visitor, session in example.records():
        answer[visitor].append(json.loads(session))
    assert answer == expected
    assert set(counters) == {"bad lines", "bad dates", "blank lines"}
    manifest = json.loads((example.out / "_SUCCESS").read_text())
    assert manifest["counters"] == counters
    assert all(name in done.stderr for name in counters)
