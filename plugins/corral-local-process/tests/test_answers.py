"""Neither the number of workers nor the executor shows in an answer."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corral_core import Driver, Job, Sum
from corral_core.errors import RunError
from corral_core.keys import stable_hash

if TYPE_CHECKING:
    from collections.abc import Iterator


def mapper(_key: str, value: str) -> Iterator[tuple[str, int]]:
    for word in value.split():
        yield word, 1


def reducer(key: str, values: Iterator[int]) -> Iterator[tuple[str, int]]:
    yield key, sum(values)


JOBS = {
    "Sum": Job(mapper, Sum()),
    "combiner": Job(mapper, reducer, combiner=reducer),
    "neither": Job(mapper, reducer),
}


def expected(text: bytes, reducers: int) -> list[bytes]:
    """The reference: a Counter, cut by the documented hash."""
    counts = sorted(Counter(text.decode().split()).items())
    return [
        "".join(f"{word}\t{n}\n" for word, n in counts if stable_hash(word) % reducers == part).encode()
        for part in range(reducers)
    ]


def outputs(job: Job, text: bytes, **options: Any) -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "in.txt")
        source.write_bytes(text)
        result = Driver(job, working_location=folder, **options).run(str(source))
        return [Path(output.path).read_bytes() for output in result.outputs]


words = st.text(st.sampled_from("ab \r\né\x0b\u2028"), max_size=60)


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(
    text=words,
    split_size=st.integers(1, 30),
    bin_size=st.integers(1, 60),
    reducers=st.integers(1, 4),
    workers=st.integers(1, 4),
    job=st.sampled_from(sorted(JOBS)),
)
def test_any_cut_on_any_number_of_workers_gives_the_bytes_of_the_reference(
    *, text: str, split_size: int, bin_size: int, reducers: int, workers: int, job: str
) -> None:
    """At a fixed number of reducers, and the same on inline."""
    data = text.encode()
    cut = {"split_size": split_size, "map_bin_size": bin_size, "reducers": reducers}
    for options in ({"executor": "inline"}, {"executor": "local-process", "local_workers": workers}):
        assert outputs(JOBS[job], data, **cut, **options) == expected(data, reducers)


def choosy(_key: str, value: str) -> Iterator[tuple[str, int]]:
    yield "all", int(value)


@pytest.mark.parametrize(
    "options", [{"executor": "inline"}, {"executor": "local-process", "local_workers": 3}], ids=str
)
def test_dead_letters_are_the_same_on_any_executor(options: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_bytes(b"1\nx\n\xff\n2\ny\n" * 4)
    driver = Driver(Job(choosy, Sum(), reducers=1), working_location=str(tmp_path / "out"), map_bin_size=7, **options)
    result = driver.run(str(tmp_path / "in.txt"), max_bad_records=12)
    letters = [json.loads(line) for line in Path(str(result.dead_letters)).read_bytes().splitlines()]
    assert [letter["offset"] for letter in letters] == [n * 10 + at for n in range(4) for at in (2, 4, 8)]
    assert (dict(result), result.bad_records, result.stats.records_in) == ({"all": "12"}, 12, 8)
    with pytest.raises(RunError, match=r"maxBadRecords=11 allows \(12 so far\), first ValueError.* \(byte 2 of "):
        driver.run(str(tmp_path / "in.txt"), max_bad_records=11, overwrite=True)


@pytest.fixture(scope="module")
def hundred_megabytes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Counter[str]]:
    """A megabyte of lines a hundred times over, and its words counted by one line of Python."""
    block = "".join(f"the {i % 7919:x} of line {i} é {i * i % 104729}\n" for i in range(30_000))
    path = tmp_path_factory.mktemp("input") / "in.txt"
    times = 100_000_000 // len(block.encode()) + 1
    path.write_text(block * times, encoding="utf-8")
    return path, Counter({word: n * times for word, n in Counter(block.split()).items()})


@pytest.mark.slow
@pytest.mark.parametrize("executor", ["inline", "local-process"])
def test_the_words_of_a_hundred_megabytes_are_counted_exactly(
    executor: str, hundred_megabytes: tuple[Path, Counter[str]], tmp_path: Path
) -> None:
    """Against the one-line reference."""
    path, counts = hundred_megabytes
    result = Driver(JOBS["combiner"], executor=executor, working_location=tmp_path, reducers=3).run(str(path))
    assert Counter({word: int(n) for word, n in result}) == counts
    assert result.stats.bytes_in == path.stat().st_size
