from __future__ import annotations

from typing import Any

import pytest

from corral_core import Count, Job, Sum, batch
from corral_core.errors import JobError
from corral_core.job import TaskContext, context, count, is_aggregator, running


def mapper(key: str, value: str) -> list[tuple[str, int]]:
    return [(value, 1)]


class Counting:
    def map(self, key: str, value: str, emitter: Any) -> None:
        pass

    def reduce(self, key: str, values: Any, emitter: Any) -> None:
        pass


@pytest.mark.parametrize(
    ("part", "name"),
    [(mapper, "mapper"), (Counting, "Counting"), (Counting(), "Counting")],
    ids=["def", "class", "object"],
)
def test_a_job_is_called_like_its_mapper(part: Any, name: str) -> None:
    assert Job(part).name == name
    assert Job(part, name="other").name == "other"
    assert repr(Job(part)) == f"<Job {name}>"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mapper": 5}, "a mapper is a function or has a method map, not a int"),
        ({"mapper": None}, "a mapper is a function"),
        ({"reducer": 5}, "a reducer is a function, an aggregator, or has a method reduce, not a int"),
        ({"combiner": "x"}, "a combiner is a function"),
        ({"codec": "json"}, "codec is 'typed' or 'pickle', not 'json'"),
        ({"reducers": 0}, "reducers is a whole number from 1, not 0"),
        ({"reducers": 1.5}, r"reducers is a whole number from 1, not 1\.5"),
        ({"reducer": None, "combiner": Sum()}, "combiner needs a reducer"),
        ({"reducer": None, "partitioner": hash}, "partitioner needs a reducer"),
        ({"reducer": None, "sort_values": True}, "sort_values needs a reducer"),
        ({"reducer": None, "reducers": 3}, "reducers needs a reducer"),
    ],
)
def test_parts_that_do_not_fit_are_refused_with_the_jobs_name(options: dict[str, Any], message: str) -> None:
    parts: dict[str, Any] = {"mapper": mapper, "reducer": Sum(), "name": "wrong", **options}
    with pytest.raises(JobError, match=f"job wrong: {message}"):
        Job(**parts)


def test_an_aggregator_is_told_by_its_methods() -> None:
    assert is_aggregator(Sum())
    assert is_aggregator(Count)
    assert not is_aggregator(mapper)


def test_batch_marks_a_function_and_gives_it_back() -> None:
    def records(records: Any) -> Any:
        return records

    assert batch(records) is records
    assert Job(records).mapper.corral_batch


def test_the_context_is_that_of_the_task_that_runs() -> None:
    outer, inner = TaskContext("run", 0, "map", 1, 0), TaskContext("run", 0, "map", 2, 0)
    with running(outer):
        with running(inner):
            assert context() is inner
            count("seen")
            count("seen", 4)
        assert context() is outer
    assert (outer.counters, inner.counters) == ({}, {"seen": 5})
    for ask in (context, lambda: count("seen")):
        with pytest.raises(LookupError):
            ask()
