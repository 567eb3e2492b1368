"""The work as SQL, with DuckDB on two threads. Run it with ``python duckdb_sql.py QUERY ANSWER INPUT...``."""

from __future__ import annotations

import sys

import duckdb

THREADS = 2
LINES = "(FORMAT csv, HEADER false, DELIMITER '\t', QUOTE '', ESCAPE '')"
TEXT = "read_csv('{0}', columns={{'line': 'VARCHAR'}}, delim='\x01', quote='', escape='', header=false)"
RANKINGS = "read_csv('{0}', columns={{'pageURL': 'VARCHAR', 'pageRank': 'INTEGER', 'avgDuration': 'INTEGER'}})"
VISITS = """read_csv('{0}', columns={{'sourceIP': 'VARCHAR', 'destURL': 'VARCHAR', 'visitDate': 'DATE',
    'adRevenue': 'DOUBLE', 'userAgent': 'VARCHAR', 'countryCode': 'VARCHAR', 'languageCode': 'VARCHAR',
    'searchWord': 'VARCHAR', 'duration': 'INTEGER'}})"""

QUERIES = {
    "words": f"""
        SELECT word, count(*) FROM (SELECT unnest(string_split(line, ' ')) AS word FROM {TEXT}) GROUP BY word
    """,
    "sort": f"SELECT line FROM {TEXT} ORDER BY line",
    "scan": f"SELECT pageURL, pageRank FROM {RANKINGS} WHERE pageRank > 100",
    "aggregation": f"SELECT substr(sourceIP, 1, 8) AS prefix, sum(adRevenue) FROM {VISITS} GROUP BY prefix",
    "join": f"""
        SELECT sourceIP, '[' || round(sum(adRevenue), 2) || ',' || round(avg(pageRank), 2) || ']'
        FROM {RANKINGS} JOIN {VISITS.replace("{0}", "{1}")} ON pageURL = destURL
        WHERE visitDate BETWEEN DATE '1980-01-01' AND DATE '1980-04-01'
        GROUP BY sourceIP ORDER BY sum(adRevenue) DESC LIMIT 10
    """,
}
"""Inputs fill the places in their order."""


def main(query: str, answer: str, *inputs: str) -> None:
    """Let DuckDB read and write the files itself."""
    database = duckdb.connect(config={"threads": THREADS})
    database.execute(f"COPY ({QUERIES[query].format(*inputs)}) TO '{answer}' {LINES}")


if __name__ == "__main__":
    main(*sys.argv[1:])
