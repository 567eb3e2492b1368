"""Mapping that goes on: all of a record counts or nothing, and what is no record's fault fails the task."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from corral_core import Driver, Job, Max, Sum, batch
from corral_core.errors import TaskFailedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.engine.conftest import Bench, Ended


def generating(key: str, value: str) -> Iterator[tuple[str, int]]:
    for word in value.split():
        if word == "boom":
            raise ValueError("no booms")
        yield word, 1


def adding(key: str, values: Iterable[int]) -> Iterator[tuple[str, int]]:
    yield key, sum(values)


def tolerated(bench: Bench, job: Job, *files: list[bytes], **options: Any) -> Ended:
    return bench.run(job, [b"\n".join(file) for file in files], max_bad_records="100%", **options)


def letters_of(ended: Ended) -> list[dict[str, Any]]:
    path = ended.result.dead_letters
    return [] if path is None else [json.loads(line) for line in Path(path).read_bytes().splitlines()]


def test_a_map_only_job_sets_aside_what_its_output_cannot_hold(bench: Bench) -> None:
    job = Job(lambda key, value: [(None, "fine"), (None, value.replace(";", "\n"))])
    ended = tolerated(bench, job, [b"a", b"b;c", b"d"], [b"e;"], map_bin_size=8)
    assert ended.outputs == [b"fine\na\nfine\nd\n", b""]
    assert [letter["record"] for letter in letters_of(ended)] == ["b;c", "e;"]


class Around:
    """Keeps the emitter and emits through it before, while and after records are mapped."""

    def start(self, emitter: Any) -> None:
        self.emitter = emitter
        emitter.emit("start", 1)
        emitter.count("starts")

    def map(self, key: str, value: str, emitter: Any) -> None:
        self.emitter.emit(value, 1)
        self.emitter.count(value)
        if value == "boom":
            raise KeyError(value)

    def finish(self, emitter: Any) -> None:
        emitter.emit("finish", 1)


def test_what_is_emitted_around_the_records_stays_whatever_happens_to_them(bench: Bench) -> None:
    ended = tolerated(bench, Job(Around, Sum(), reducers=1), [b"a", b"boom", b"a"])
    assert ended.outputs == [b"a\t2\nfinish\t1\nstart\t1\n"]
    assert ended.result.counters == {"a": 2, "starts": 1}


@pytest.mark.parametrize("given", [None, [1], [("a", 1, 2)]], ids=["none", "no pair", "a triple"])
def test_a_mapper_that_gives_no_pairs_is_told_so(bench: Bench, given: Any) -> None:
    ended = tolerated(bench, Job(lambda key, value: given, Sum()), [b"a"])
    assert "mapper" in letters_of(ended)[0]["error"]


class Quitting:
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def map(self, key: str, value: str, emitter: Any) -> None:
        raise self.error


@pytest.mark.parametrize("error", [MemoryError(), SystemExit(3)], ids=repr)
def test_what_is_not_the_records_fault_fails_the_task(bench: Bench, error: BaseException) -> None:
    with pytest.raises(TaskFailedError, match=type(error).__name__):
        tolerated(bench, Job(Quitting(error), Sum()), [b"a"])


def test_a_batch_mapper_that_raises_fails_the_run_since_nobody_knows_at_which_record(bench: Bench) -> None:
    def raising(records: Iterable[tuple[str, str]]) -> Iterator[tuple[str, int]]:
        for _, line in records:
            yield from generating("", line)

    with pytest.raises(TaskFailedError, match="ValueError: no booms"):
        tolerated(bench, Job(batch(raising), Sum()), [b"a", b"boom"])


@pytest.mark.parametrize(
    "options",
    [{"reducer": lambda key, values: 1 // 0}, {"reducer": adding, "combiner": lambda key, values: 1 // 0}],
    ids=["reducer", "combiner"],
)
def test_a_reducer_or_a_combiner_that_raises_fails_the_run(bench: Bench, options: dict[str, Any]) -> None:
    with pytest.raises(TaskFailedError, match="ZeroDivisionError"):
        tolerated(bench, Job(generating, **options), [b"a", b"a"])


def test_values_that_cannot_be_compared_with_each_other_fail_the_run(bench: Bench) -> None:
    job = Job(lambda key, value: [("k", int(value) if value.isdigit() else value)], Max())
    with pytest.raises(TaskFailedError, match="TypeError"):
        tolerated(bench, job, [b"1", b"x"])


def test_a_damaged_file_fails_the_run(bench: Bench) -> None:
    inputs = bench.write([gzip.compress(b"a\n" * 1000)[:-20]], ["in.gz"])
    driver = Driver(Job(generating, Sum()), executor="inline", working_location=str(bench.folder()))
    with pytest.raises(TaskFailedError, match="it was cut"):
        driver.run(inputs, max_bad_records="100%")
