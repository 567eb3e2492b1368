"""A job's parameters in whole runs: every style of code, every part of a job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

import corral_core
from corral_core import Driver, Job, Sum, batch, context
from corral_core.errors import JobError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from corral_core.engine.result import RunResult
    from tests.engine.conftest import Bench

TEXT = [b"a b\nc d\n", b"e\n"]


def pairs(key: str, line: str, *, mark: str) -> Iterator[tuple[str, int]]:
    yield line + mark, 1


def emitting(key: str, line: str, emitter: Any, *, mark: str) -> None:
    emitter.emit(line + mark, 1)


@batch
def whole(records: Iterable[tuple[str, str]], *, mark: str) -> Iterator[tuple[str, int]]:
    for _, line in records:
        yield line + mark, 1


class Methods:
    def map(self, key: str, line: str, emitter: Any, *, mark: str) -> None:
        emitter.emit(line + mark, 1)


class Batches:
    def map_batch(self, records: Iterable[tuple[str, str]], *, mark: str) -> Iterator[tuple[str, int]]:
        yield from whole(records, mark=mark)


def _name(part: Any) -> str:
    return str(getattr(part, "__name__", f"{type(part).__name__}()"))


class Made:
    def __init__(self, *, mark: str) -> None:
        self.mark = mark

    def map(self, key: str, line: str, emitter: Any) -> None:
        emitter.emit(line + self.mark, 1)


@pytest.mark.parametrize("mapper", [pairs, emitting, whole, Methods(), Methods, Batches(), Made], ids=_name)
@pytest.mark.parametrize("tolerant", [0, 5], ids=["strict", "tolerant"])
def test_every_style_of_a_mapper_gets_them(bench: Bench, mapper: Any, tolerant: int) -> None:
    ended = bench.run(Job(mapper), TEXT, params={"mark": "!"}, max_bad_records=tolerant)
    assert sorted(dict(ended.result)) == ["a b!", "c d!", "e!"]
    assert ended.result.params == {"mark": "!"}


class Reducing:
    def reduce(self, key: str, values: Iterable[int], emitter: Any, *, times: int = 1) -> None:
        emitter.emit(key, sum(values) * times)


def reduce_pairs(key: str, values: Iterable[int], *, times: int = 1) -> Iterator[tuple[str, int]]:
    yield key, sum(values) * times


@pytest.mark.parametrize("reducer", [reduce_pairs, Reducing(), Reducing], ids=_name)
def test_reducers_and_combiners_get_them(bench: Bench, reducer: Any) -> None:
    def same(key: str, line: str) -> Iterator[tuple[str, int]]:
        yield "k", 1

    run: dict[str, Any] = {"params": {"times": 10}, "reducers": 1}
    assert dict(bench.run(Job(same, reducer), TEXT, **run).result) == {"k": "30"}
    combined = dict(bench.run(Job(same, Sum(), combiner=reducer), TEXT, **run).result)
    assert combined == {"k": "30"}


def test_a_partitioner_gets_them(bench: Bench) -> None:
    def all_to_one(key: str, n: int, *, part: int) -> int:
        return part

    def same(key: str, line: str) -> Iterator[tuple[str, int]]:
        yield line, 1

    ended = bench.run(Job(same, Sum(), partitioner=all_to_one, reducers=3), TEXT, params={"part": 2})
    assert [bool(output) for output in ended.outputs] == [False, False, True]


class Model(BaseModel):
    mark: str = "?"


@dataclass
class Data:
    mark: str = "?"


class Asking:
    def map(self, key: str, line: str, emitter: Any) -> None:
        emitter.emit(line + emitter.params.mark, 1)

    def finish(self, emitter: Any) -> None:
        emitter.emit(f"end{context().params.mark}", type(context().params).__name__)


@pytest.mark.parametrize("model", [Model, Data])
def test_a_model_is_reached_by_emitter_and_context(bench: Bench, model: Any) -> None:
    ended = bench.run(Job(Asking(), params=model), [b"a\n"], params=model(mark="!"))
    assert dict(ended.result) == {"a!": "1", "end!": model.__name__}
    assert dict(bench.run(Job(Asking(), params=model), [b"a\n"]).result) == {"a?": "1", "end?": model.__name__}


def test_each_stage_gets_its_own(bench: Bench) -> None:
    def second(key: str, value: int, *, again: str) -> Iterator[tuple[str, str]]:
        yield key + again, str(context().params)

    ended = bench.run([Job(pairs), Job(second)], [b"a\n"], params={"mark": "1", "again": "2"})
    assert dict(ended.result) == {"a12": "None"}


def test_a_function_in_a_function_takes_its_types_along(tmp_path: Path) -> None:
    # It goes as a pickle, in which the names of its annotations mean nothing any more.
    from datetime import date

    def since(key: str, line: str, *, day: date) -> Iterator[tuple[str, str]]:
        yield line, day.strftime("%d.%m.")

    since.__annotations__["day"] = date
    result = _run(tmp_path, Job(since), "local-process", {"day": "2026-01-31"})
    assert dict(result) == {"a": "31.01."}


def _run(folder: Path, job: Any, executor: str, params: Any) -> RunResult:
    (folder / "in.txt").write_text("a\n")
    return corral_core.run(job, folder / "in.txt", executor=executor, out=folder / "out", params=params)


def test_run_takes_a_job_several_or_a_driver(tmp_path: Path) -> None:
    for number, job in enumerate([Job(pairs), [Job(pairs)], Driver(Job(pairs), params={"mark": "?"})]):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert dict(_run(folder, job, "inline", {"mark": "!"})) == {"a!": "1"}


def test_run_writes_to_the_working_location_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.txt").write_text("a\n")
    result = corral_core.run(Job(pairs), "in.txt", executor="inline", params={"mark": "!"})
    assert result.location == str(tmp_path)


def test_run_is_silent_unless_it_is_asked(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.txt").write_text("a\n")
    for progress in (False, True):
        corral_core.run(
            Job(pairs),
            tmp_path / "in.txt",
            executor="inline",
            out=tmp_path / str(progress),
            params={"mark": ""},
            progress=progress,
        )
        out, err = capfd.readouterr()
        assert (out, "map pairs" in err) == ("", progress)


def test_a_script_that_runs_while_a_worker_loads_it_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("a\n")
    (tmp_path / "job.py").write_text(
        "from corral_core import Job, run\njob = Job(lambda key, line: [(line, 1)])\nrun(job, 'in.txt', out='out')\n"
    )
    from corral_core.engine.loading import load_job

    with pytest.raises(JobError, match=r"Driver.run\(\) runs while the job is being loaded: put it under if __name__"):
        load_job(str(tmp_path / "job.py"))
