from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.examples.conftest import Example

EXAMPLE = "word_count"


def reference(path: str) -> dict[str, str]:
    return {word: str(n) for word, n in Counter(Path(path).read_text().split()).items()}


@pytest.mark.parametrize("script", ["job.py", "generators.py", "aggregator.py"])
def test_counts_every_word_once(example: Example, script: str) -> None:
    example.run(script, "words.txt")
    records = example.records()
    assert dict(records) == reference(example.sample("words.txt"))
    assert len(records) == len(dict(records))


def test_runs_as_a_script(example: Example) -> None:
    example.run_script("job.py", "words.txt")
    assert dict(example.records()) == reference(example.sample("words.txt"))


def test_small_splits_and_several_reducers_change_nothing(example: Example) -> None:
    example.run("job.py", "words.txt", flags=("--split-size", "997", "--map-bin-size", "20kB", "--reducers", "3"))
    assert len(list(example.out.glob("output-*"))) == 3
    assert dict(example.records()) == reference(example.sample("words.txt"))
