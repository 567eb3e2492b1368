"""Write the two tables of the AMPLab big data benchmark, small: python make_data.py DIRECTORY [PAGES VISITS]

The columns are those of the benchmark's ``rankings`` and ``uservisits``; the same sizes give the same files everywhere.
"""

from __future__ import annotations

import random
import sys
from datetime import date, timedelta
from pathlib import Path

AGENTS = ["Mozilla/5.0", "Opera/12.1", "Safari/600.1", "Edge/120.0"]
PLACES = ["USA,en-US", "DEU,de-DE", "FRA,fr-FR", "JPN,ja-JP", "BRA,pt-BR"]
SEARCHES = ["weather", "news", "maps", "recipes", "football", "trains"]


def url(page: int) -> str:
    return f"https://example.org/p{page:05d}"


def rankings(rng: random.Random, pages: int) -> list[str]:
    # A Pareto tail: a few pages have a rank in the thousands, most a small one.
    return [f"{url(page)},{int(10 * rng.paretovariate(0.8))},{rng.randint(1, 100)}" for page in range(pages)]


def visits(rng: random.Random, pages: int, count: int) -> list[str]:
    sources = [".".join(str(rng.randint(1, 254)) for _ in range(4)) for _ in range(max(1, count // 10))]
    first = date(1980, 1, 1)
    return [
        ",".join(
            [
                rng.choice(sources),
                url(rng.randrange(pages + pages // 20)),  # some pages have no ranking
                str(first + timedelta(days=rng.randrange(365))),
                f"{rng.random():.6f}",
                rng.choice(AGENTS),
                rng.choice(PLACES),
                rng.choice(SEARCHES),
                str(rng.randint(1, 10)),
            ]
        )
        for _ in range(count)
    ]


def main(directory: str, pages: str = "400", count: str = "2000") -> None:
    rng = random.Random(1980)
    target = Path(directory)
    target.mkdir(parents=True, exist_ok=True)
    for name, lines in (
        ("rankings.csv", rankings(rng, int(pages))),
        ("uservisits.csv", visits(rng, int(pages), int(count))),
    ):
        (target / name).write_text("\n".join(lines) + "\n", encoding="ascii", newline="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
