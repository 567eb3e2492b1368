"""Whole runs: what they leave behind, what they refuse, and what they say when they fail."""

from __future__ import annotations

import bz2
import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest

from corral_core import Driver, Job, Sum, context, count
from corral_core.engine import fetch
from corral_core.errors import (
    InputError,
    JobError,
    OutputError,
    PluginError,
    RunError,
    SettingsError,
    TaskFailedError,
)
from corral_core.executor import Capabilities
from corral_core.report.store import NAME as REPORT
from corral_core.tasks import LEAST_TASK_MEMORY
from tests.engine.conftest import Bench, tight

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def words(key: str, value: str) -> Iterator[tuple[str, int]]:
    for word in value.split():
        yield word, 1


def adding(key: str, values: Iterable[int]) -> Iterator[tuple[str, int]]:
    yield key, sum(values)


def lines(key: str, value: str) -> Iterator[tuple[None, str]]:
    yield None, value


COUNT = Job(words, adding, name="counting", reducers=2)


def contents(folder: Path) -> dict[str, bytes]:
    """All files but the run's report, which has its own tests."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != REPORT]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_a_run_leaves_its_outputs_and_a_manifest_of_them(bench: Bench) -> None:
    out = bench.folder()
    ended = bench.run(COUNT, [b"a b a\n", b"c a\n"], working_location=str(out))
    left = contents(out)
    assert sorted(left) == ["_SUCCESS", "output-0", "output-1"]
    manifest = json.loads(left["_SUCCESS"])
    assert manifest["run"] == ended.result.run
    assert [part["path"] for part in manifest["parts"]] == ["output-0", "output-1"]
    for part in manifest["parts"]:
        data = left[part["path"]]
        assert part["size"] == len(data)
        assert part["records"] == data.count(b"\n")
        assert part["checksum"] == f"crc32:{crc32(data):08x}"


def test_a_result_tells_what_was_read_and_written(bench: Bench) -> None:
    ended = bench.run(COUNT, [b"a b a\n", b"c a\n"])
    result = ended.result
    assert dict(result) == {"a": "3", "b": "1", "c": "1"}
    assert list(result) == list(result.records())
    assert (result.stats.records_in, result.stats.bytes_in) == (2, 10)
    assert (result.stats.records_out, result.stats.bytes_out) == (3, sum(map(len, ended.outputs)))
    assert result.executor == "inline"


def test_cleanup_that_is_off_keeps_the_runs_folder(bench: Bench) -> None:
    out = bench.folder()
    ended = bench.run(COUNT, [b"a\n"], working_location=str(out), cleanup=False, shuffle_layout="files")
    kept = [name for name in contents(out) if name.startswith(f"_corral/{ended.result.run}/")]
    assert [name for name in kept if "map-bin" in name]


@pytest.mark.parametrize("scheme", ["file://", "memory://"])
def test_a_location_may_have_a_scheme(bench: Bench, scheme: str) -> None:
    ended = bench.run(COUNT, [b"b a b\n"], working_location=f"{scheme}{bench.folder()}")
    assert sorted(ended.result) == [("a", "1"), ("b", "2")]


@pytest.mark.parametrize("inputs", [[b""], [b"", b""], [b"\n"], [b" "]], ids=repr)
def test_nothing_counts_to_nothing(bench: Bench, inputs: list[bytes]) -> None:
    assert bench.run(COUNT, inputs).outputs == [b"", b""]


def test_without_a_reducer_each_mapper_writes_its_records_in_order(bench: Bench) -> None:
    ended = bench.run(Job(lines), [b"b\na\n", b"c\n"], split_size=2, map_bin_size=2)
    assert ended.outputs == [b"b\n", b"a\n", b"c\n"]
    assert list(ended.result) == [("b", ""), ("a", ""), ("c", "")]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress], ids=["gz", "bz2"])
def test_a_compressed_file_is_read_whole_by_one_mapper(bench: Bench, pack: Any) -> None:
    suffix = "gz" if pack is gzip.compress else "bz2"
    inputs = bench.write([pack(b"a b\n") + pack(b"a\n" * 100)], [f"in.{suffix}"])
    driver = Driver(COUNT, executor="inline", working_location=str(bench.folder()), split_size=3)
    assert dict(driver.run(inputs)) == {"a": "101", "b": "1"}


def test_paths_may_be_path_objects(bench: Bench) -> None:
    (name,) = bench.write([b"a\n"])
    driver = Driver(COUNT, executor="inline", working_location=bench.folder())
    assert dict(driver.run(Path(name))) == {"a": "1"}
    assert dict(driver.run([Path(name)], overwrite=True)) == {"a": "1"}


def test_counters_and_context_tell_of_every_task(bench: Bench) -> None:
    class Telling:
        def map(self, key: str, value: str, emitter: Any) -> None:
            where = emitter.context
            assert where == context()
            emitter.count("records")
            emitter.count("bytes", len(value))
            data = Path(where.file).read_bytes()[where.start : where.end]
            assert (where.phase, where.stage, where.attempt) == ("map", 0, 0)
            emitter.emit(f"{where.task}", data.decode().split("\n")[0])

        def reduce(self, key: str, values: Iterable[str], emitter: Any) -> None:
            count("keys")
            assert (context().phase, context().file) == ("reduce", None)
            emitter.emit(key, "|".join(values))

    ended = bench.run(Job(Telling, Telling, reducers=1), [b"aa\n", b"b\n"], map_bin_size=3)
    assert ended.outputs == [b"0\taa\n1\tb\n"]
    assert ended.result.counters == {"bytes": 3, "keys": 2, "records": 2}
    with pytest.raises(LookupError):
        context()


class Keeping:
    """Counts what it saw since its task began."""

    def __init__(self) -> None:
        self.seen = 0
        self.started = 0

    def start(self, emitter: Any) -> None:
        self.started += 1
        emitter.emit("start", 1)

    def map(self, key: str, value: str, emitter: Any) -> None:
        self.seen += 1

    def reduce(self, key: str, values: Iterable[int], emitter: Any) -> None:
        emitter.emit(key, sum(values))
        self.seen += 1

    def finish(self, emitter: Any) -> None:
        assert self.started == 1
        emitter.emit("finish", self.seen)


class Rewriting(Keeping):
    def start(self, emitter: Any) -> None:
        self.started += 1


@pytest.mark.parametrize("part", [Keeping, Keeping()], ids=["class", "object"])
def test_each_task_starts_and_finishes_once_with_a_state_of_its_own(bench: Bench, part: Any) -> None:
    job = Job(part, Rewriting, reducers=1)
    ended = bench.run(job, [b"x\n" * 3, b"y\n" * 2], split_size=2, map_bin_size=4)
    # Three mappers saw 2, 2 and 1 records, whatever their splits; the reducer two keys.
    assert ended.outputs == [b"finish\t5\nstart\t3\nfinish\t2\n"]
    if isinstance(part, Keeping):
        assert (part.seen, part.started) == (0, 0)


# What is refused before anything is written


@pytest.mark.parametrize(
    ("inputs", "options", "error", "message"),
    [
        ([], {}, InputError, "no input: name at least one"),
        (["/no/such/file"], {}, InputError, "/no/such/file matches nothing"),
        (["{there}/*.csv"], {}, InputError, "csv matches nothing"),
        (["{file}", "/no/such/dir/"], {}, InputError, "/no/such/dir/ matches nothing"),
        (["{file}"], {"executor": "lambada"}, PluginError, "no executor 'lambada'"),
        (["{file}"], {"input_format": "xml"}, PluginError, "no input format 'xml'"),
        (["{file}"], {"reducers": 0}, SettingsError, "reducers"),
        (["{file}"], {"split_size": "x"}, SettingsError, "splitSize"),
        (["{file}"], {"spilt_size": 5}, SettingsError, "split"),
        (["{file}"], {"working_location": "{file}/x"}, OutputError, "can't be"),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_is_written(
    *, bench: Bench, inputs: list[str], options: dict[str, Any], error: type[Exception], message: str
) -> None:
    (file,) = bench.write([b"a\n"])
    there, out = str(Path(file).parent), bench.folder() / "out"

    def place(text: Any) -> Any:
        return text.format(there=there, file=file) if isinstance(text, str) else text

    asked = {"executor": "inline", "working_location": str(out)} | {name: place(v) for name, v in options.items()}
    with pytest.raises(error, match=message):
        Driver(COUNT, **asked).run(list(map(place, inputs)))
    assert not out.exists()
    assert list(contents(Path(there))) == ["in-000.txt"]


@pytest.mark.parametrize("there", ["output-0", "output-17", "_SUCCESS"])
def test_outputs_that_are_there_are_refused_and_stay(bench: Bench, there: str) -> None:
    out = bench.folder()
    (out / there).write_bytes(b"old")
    with pytest.raises(OutputError, match=rf"outputs are there already, \S+{there}.*--overwrite"):
        bench.run(COUNT, [b"a\n"], working_location=str(out))
    assert contents(out) == {there: b"old"}


@pytest.mark.parametrize("job", [COUNT, Job(lines)], ids=["reduced", "map-only"])
def test_overwriting_leaves_no_stale_part_and_nothing_else_touched(bench: Bench, job: Job) -> None:
    out = bench.folder()
    for name in ("output-0", "output-1", "output-9", "_SUCCESS", "output-x", "notes", "output-old/output-0"):
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_bytes(b"old")
    bench.run(job, [b"a\n"], working_location=str(out), overwrite=True)
    left = contents(out)
    assert {name for name, data in left.items() if data == b"old"} == {"output-x", "notes", "output-old/output-0"}
    assert "output-9" not in left


def test_outputs_of_others_below_the_location_do_not_take_it(bench: Bench) -> None:
    out = bench.folder()
    (out / "output-old").mkdir()
    (out / "output-old" / "output-0").write_bytes(b"old")
    assert bench.run(COUNT, [b"a\n"], working_location=str(out)).outputs


@pytest.mark.parametrize("job", [COUNT, Job(lines)], ids=["reduced", "map-only"])
def test_an_input_is_never_removed_to_make_room_for_an_output(bench: Bench, job: Job) -> None:
    out = bench.folder()
    (out / "output-0").write_bytes(b"a b\n")
    with pytest.raises(OutputError, match=r"output-0 is an input too"):
        Driver(job, executor="inline", working_location=str(out), overwrite=True).run(str(out))
    assert contents(out) == {"output-0": b"a b\n"}


# What fails


def boom(key: Any, value: Any) -> Any:
    raise ValueError("boom")


def boom_late(key: str, value: str) -> Iterator[tuple[str, int]]:
    if "bad" in value:
        raise ValueError("boom")
    yield value, 1


def out_of_range(key: str, n: int) -> int:
    return n


FAILING: dict[str, tuple[Job, bytes, str]] = {
    "mapper": (Job(boom_late, Sum()), b"ok\nbad\n", "boom"),
    "map-only": (Job(boom_late), b"ok\nbad\n", "boom"),
    "reducer": (Job(words, boom), b"a\n", "boom"),
    "combiner": (Job(words, adding, combiner=boom), b"a a\n", "boom"),
    "partitioner": (Job(words, adding, partitioner=boom, reducers=2), b"a\n", "boom"),
    "out of range": (Job(words, adding, partitioner=out_of_range), b"a\n", "partitioner answered 1"),
    "not utf-8": (COUNT, b"a\n\xff\n", "utf-8"),
    "newline": (Job(lambda k, v: [(k, "x\ny")]), b"a\n", "line's end"),
    "uncarriable": (Job(lambda k, v: [(v, {1})], adding), b"a\n", "type set can't be carried"),
    "odd key": (Job(lambda k, v: [({1}, v)], adding), b"a\n", "type set can't be carried"),
}


GO_ON = {"mapper", "map-only", "not utf-8"}
"""Failures of a mapper: what others have done may be of use to a run that lets bad records be."""


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("name", FAILING)
def test_a_failed_run_leaves_nothing_that_looks_like_an_answer(*, bench: Bench, name: str, overwrite: bool) -> None:
    job, data, message = FAILING[name]
    out = bench.folder()
    (out / "notes").write_bytes(b"mine")
    with pytest.raises(TaskFailedError, match=message):
        bench.run(job, [b"fine\n" * 5, data], working_location=str(out), overwrite=overwrite, map_bin_size=25)
    left = contents(out)
    assert left.pop("notes") == b"mine"
    assert "_SUCCESS" not in left
    if name in GO_ON:
        assert {name for name in left if not name.startswith("_corral/")} <= {"output-0"}
        assert [name for name in left if name.endswith("/end-0.json")]
    else:
        assert sorted(path.name for path in out.iterdir()) == [REPORT, "notes"]


def test_a_second_stage_that_fails_leaves_the_work_of_the_first_and_no_outputs(bench: Bench) -> None:
    out = bench.folder()
    with pytest.raises(TaskFailedError, match="stage 1 map 0 failed"):
        bench.run([COUNT, Job(boom, adding)], [b"a\n"], working_location=str(out))
    assert sorted(path.name for path in out.iterdir()) == ["_corral", REPORT]


def test_a_second_stage_whose_reducer_fails_leaves_nothing(bench: Bench) -> None:
    out = bench.folder()
    with pytest.raises(TaskFailedError, match="stage 1 reduce 0 failed"):
        bench.run([COUNT, Job(lambda k, v: [(k, v)], boom, reducers=1)], [b"a\n"], working_location=str(out))
    assert list(out.iterdir()) == [out / REPORT]


def test_a_manifest_that_cannot_be_written_is_a_failed_run_that_can_be_gone_on_with(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    out, inputs = bench.folder(), bench.write([b"a\n"])
    with monkeypatch.context() as patch:
        patch.setattr("corral_core.engine.commit.Location.finish", full)
        with pytest.raises(RunError, match=f"output {out} failed while the run worked there: .*No space left"):
            bench.start(COUNT, inputs, out)
    assert not (out / "_SUCCESS").exists()
    bench.start(COUNT, inputs, out, resume="latest")
    assert sorted(contents(out)) == ["_SUCCESS", "output-0", "output-1"]


def test_old_outputs_stay_until_the_mappers_are_done(bench: Bench) -> None:
    out = bench.folder()
    (out / "output-0").write_bytes(b"old")
    with pytest.raises(TaskFailedError):
        bench.run(Job(boom, adding), [b"a\n"], working_location=str(out), overwrite=True)
    assert contents(out) == {"output-0": b"old"}


def test_an_interrupt_stops_the_run_and_leaves_nothing(bench: Bench) -> None:
    def interrupting(key: str, value: str) -> Any:
        raise KeyboardInterrupt

    out = bench.folder()
    with pytest.raises(KeyboardInterrupt):
        bench.run(Job(interrupting, adding), [b"a\n", b"b\n"], working_location=str(out), map_bin_size=2)
    assert list(out.iterdir()) == [out / REPORT]


def test_a_truncated_gzip_is_an_error_and_no_short_answer(bench: Bench) -> None:
    inputs = bench.write([gzip.compress(b"a b c\n" * 1000)[:-20]], ["in.gz"])
    out = bench.folder()
    with pytest.raises(TaskFailedError, match=r"stage 0 map 0 failed.*in\.gz"):
        Driver(COUNT, executor="inline", working_location=str(out)).run(inputs)
    assert list(out.iterdir()) == [out / REPORT]


def test_no_temporary_run_outlives_its_task(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with tight():
        spilled = bench.run(COUNT, [b"a b c\n" * 50], split_size=10)
        with pytest.raises(TaskFailedError):
            bench.run(Job(boom_late, adding), [b"a\nb\nbad\n"], split_size=2)
    assert spilled.result.stats.spills > 1
    assert list(tmp_path.iterdir()) == []


def test_a_driver_runs_jobs_and_nothing_else() -> None:
    with pytest.raises(JobError, match="not an empty list"):
        Driver([])
    with pytest.raises(JobError, match="not function"):
        Driver([words])  # type: ignore[list-item]  # what is tested
    with pytest.raises(JobError, match=r"not function: make one with Job\(mapper, reducer\)"):
        Driver(words)  # type: ignore[arg-type]  # what is tested


def test_options_of_a_run_come_before_those_of_its_driver(bench: Bench) -> None:
    inputs = bench.write([b"a b c d\n"])
    driver = Driver(Job(words, adding), executor="inline", working_location=str(bench.folder()), reducers=1)
    assert len(driver.run(inputs).outputs) == 1
    assert len(driver.run(inputs, reducers=3, overwrite=True).outputs) == 3


def test_too_little_memory_is_refused_with_the_least_that_works(bench: Bench) -> None:
    out = bench.folder()
    with pytest.raises(SettingsError, match=r"taskMemory is 1,000 bytes .*: give 8 MiB or more"):
        Driver(COUNT, executor="inline", working_location=str(out), task_memory=1000).run(bench.write([b"a\n"]))
    assert not contents(out)


def test_the_least_memory_holds_the_blocks_of_the_narrowest_merge() -> None:
    assert LEAST_TASK_MEMORY // 2 >= fetch.LEAST_FAN_IN * fetch.BLOCK_MEMORY


@pytest.mark.parametrize(
    ("jobs", "message"),
    [
        ([COUNT, Job(lines, name="second", input_format="kv")], "second reads the records of the stage before it"),
        ([Job(lines, name="first", output_format="jsonl"), COUNT], "first hands its records to the next stage"),
    ],
    ids=["input of a later stage", "output of an earlier stage"],
)
def test_a_format_that_would_not_be_used_is_refused(bench: Bench, jobs: list[Job], message: str) -> None:
    with pytest.raises(JobError, match=message):
        bench.run(jobs, [b"a\n"])


def test_a_counter_takes_whole_numbers(bench: Bench) -> None:
    def mapper(key: str, value: str) -> Iterator[tuple[str, int]]:
        count("half", 0.5)  # type: ignore[arg-type]  # on purpose
        yield value, 1

    with pytest.raises(TaskFailedError, match="the counter 'half' takes whole numbers, not float"):
        bench.run(Job(mapper), [b"a\n"])


def test_a_record_of_a_later_stage_has_no_offset(bench: Bench) -> None:
    def failing(key: str, value: int) -> list[tuple[str, int]]:
        raise ValueError("no")

    with pytest.raises(TaskFailedError) as raised:
        bench.run([COUNT, Job(failing)], [b"a\n"])
    assert raised.value.report is not None
    assert raised.value.report.offset is None
    assert raised.value.report.preview == "1"


def test_a_failure_is_told_although_the_clean_up_fails_too(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("corral_core.engine.commit.Location.remove_run", gone)
    with pytest.raises(TaskFailedError, match="stage 0 map 0 failed"):
        bench.run(Job(boom, adding), [b"a\n"])


def test_a_second_interrupt_while_workers_end_still_removes_what_was_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("corral_core.executors.inline.InlineExecutor.close", interrupted)
    out = bench.folder()
    with pytest.raises(KeyboardInterrupt):
        bench.run(Job(boom, adding), [b"a\n"], working_location=str(out))
    assert list(out.iterdir()) == [out / REPORT]


def test_slots_that_an_executor_finds_in_its_check_are_those_of_the_plan(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(executor: Any, _: Any) -> None:
        executor.capabilities = Capabilities(slots=3, in_process=True)

    monkeypatch.setattr("corral_core.executors.inline.InlineExecutor.check", check)
    driver = Driver(Job(lines), executor="inline", working_location=str(bench.folder()))
    assert len(driver.run(bench.write([b"a\n" * 4_000_000])).outputs) == 3
