"""The reference is SQLite, on the queries that the examples' docstrings give."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.examples.conftest import Example

EXAMPLE = "amplab"

JOIN = """
    SELECT sourceIP, SUM(adRevenue) AS totalRevenue, AVG(pageRank)
    FROM rankings JOIN uservisits ON pageURL = destURL
    WHERE visitDate BETWEEN '1980-01-01' AND '1980-04-01'
    GROUP BY sourceIP ORDER BY totalRevenue DESC LIMIT 10
"""


@pytest.fixture
def database(example: Example) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE rankings (pageURL TEXT, pageRank INT, avgDuration INT)")
        connection.execute("CREATE TABLE uservisits (sourceIP, destURL, visitDate, adRevenue REAL, a, b, c, d, e)")
        for table, columns in (("rankings", 3), ("uservisits", 9)):
            insert = f"INSERT INTO {table} VALUES ({','.join('?' * columns)})"  # noqa: S608  (our own names)
            with Path(example.sample(f"{table}.csv")).open(newline="") as lines:
                connection.executemany(insert, csv.reader(lines))
        yield connection


def test_scan(example: Example, database: sqlite3.Connection) -> None:
    example.run("scan.py", "rankings.csv")
    expected = database.execute("SELECT pageURL, pageRank FROM rankings WHERE pageRank > 100").fetchall()
    assert len(expected) > 10
    assert sorted(example.records()) == sorted((url, str(rank)) for url, rank in expected)


def test_aggregation(example: Example, database: sqlite3.Connection) -> None:
    example.run("aggregation.py", "uservisits.csv")
    query = "SELECT SUBSTR(sourceIP, 1, 8), SUM(adRevenue) FROM uservisits GROUP BY SUBSTR(sourceIP, 1, 8)"
    expected = dict(database.execute(query).fetchall())
    assert len(expected) > 100
    assert {key: float(value) for key, value in example.records()} == pytest.approx(expected)


def test_join(example: Example, database: sqlite3.Connection) -> None:
    done = example.run("join.py", "rankings.csv", "uservisits.csv")
    expected = database.execute(JOIN).fetchall()
    answer = [(ip, *json.loads(value)) for ip, value in example.records()]
    assert [row[0] for row in answer] == [row[0] for row in expected]
    for row, wanted in zip(answer, expected, strict=True):
        assert row[1:] == pytest.approx(wanted[1:], abs=0.005)
    assert "visits to pages without a ranking" in done.stderr
