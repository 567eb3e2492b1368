"""What a failed task says: whose fault it is, the record or key in hand, and the user's lines of the traceback."""

from __future__ import annotations

import errno
import resource
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from corral_core import Job, Sum, batch
from corral_core.engine.failure import describe
from corral_core.engine.place import Place
from corral_core.errors import TaskFailedError
from corral_core.tasks import Failed, TaskId
from tests.engine.conftest import Bench, Plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from corral_core.job import Emitter

# "bad" begins at byte 11 of the second file.
FILES = [b"one\ntwo\n", b"three\r\nfour\nbad\nfive\n"]
FAR = [b"x\n" * 40000, b"y\n" * 40000 + b"bad\n"]


def failed(bench: Bench, job: Job | list[Job], files: list[bytes] = FILES, **options: Any) -> tuple[Failed, str]:
    with pytest.raises(TaskFailedError) as caught:
        bench.run(job, files, **options)
    assert caught.value.report is not None
    assert caught.value.task == str(caught.value.report.id)
    return caught.value.report, str(caught.value)


def adding(key: str, values: Iterable[int]) -> Iterator[tuple[str, int]]:
    yield key, sum(values)


def boom(text: str) -> None:
    if text == "bad":
        raise LookupError(f"no {text}")


def yielding(key: str, value: str) -> Iterator[tuple[str, int]]:
    boom(value)
    yield value, 1


def emitting(key: str, value: str, emitter: Emitter) -> None:
    boom(value)
    emitter.emit(value, 1)


class Batched:
    def map_batch(self, records: Iterable[tuple[str, str]]) -> Iterator[tuple[str, int]]:
        for _, value in records:
            boom(value)
            yield value, 1


@pytest.mark.parametrize("reducer", [adding, Sum(), None], ids=["reducer", "aggregator", "map-only"])
@pytest.mark.parametrize("mapper", [yielding, emitting, Batched], ids=["generator", "emitter", "batch"])
@pytest.mark.parametrize("split_size", [3, 1000])
def test_a_mapper_that_raises_is_told_with_its_record(
    *, bench: Bench, mapper: Any, reducer: Any, split_size: int
) -> None:
    report, message = failed(bench, Job(mapper, reducer), split_size=split_size)
    assert (report.kind, report.error, report.message) == ("user", "LookupError", "no bad")
    assert (report.file or "").endswith("in-001.txt")
    assert (report.offset, report.preview) == (12, "'bad'")
    assert "stage 0 map 0 failed 2 times, the last time at " in message
    assert ", byte 12 (record 'bad'): LookupError: no bad" in message


def test_the_place_is_exact_far_into_a_file(bench: Bench) -> None:
    report, _ = failed(bench, Job(yielding, adding), FAR)
    assert report.offset == 80000


def test_a_traceback_begins_in_the_users_code_and_ends_with_the_error(bench: Bench) -> None:
    report, _ = failed(bench, Job(yielding, adding))
    frames = [line for line in report.traceback.splitlines() if line.startswith("  File ")]
    assert [frame.rpartition(", in ")[2] for frame in frames] == ["yielding", "boom"]
    assert all("test_failure.py" in frame for frame in frames)
    assert report.traceback.rstrip().endswith("LookupError: no bad")


def raising_reduce(key: str, values: Iterable[int], emitter: Emitter) -> None:
    boom(key)
    emitter.emit(key, 1)


@pytest.mark.parametrize("combiner", [None, Sum()], ids=["plain", "folded"])
def test_a_reducer_that_raises_is_told_with_its_key(bench: Bench, combiner: Any) -> None:
    report, message = failed(bench, Job(lambda k, v: [(v, 1)], raising_reduce, combiner=combiner, reducers=1))
    assert (report.kind, report.file, report.offset, report.preview) == ("user", None, None, "'bad'")
    assert message == "stage 0 reduce 0 failed 2 times, the last time (key 'bad'): LookupError: no bad"


class Picky(Sum):
    """Finds fault as the reducer puts accumulators together."""

    def merge(self, left: Any, right: Any) -> Any:
        return super().merge(left, right)

    def finish_value(self, accumulator: Any) -> Any:
        boom("bad" if accumulator == 7 else "")
        return accumulator


def test_an_aggregator_that_raises_in_the_reducer_is_told_with_its_key(bench: Bench) -> None:
    files = [b"a=1\nbad=7\nc=1\n"]
    job = Job(lambda k, v: [(v.split("=")[0], int(v.split("=")[1]))], Picky(), reducers=1)
    report, _ = failed(bench, job, files)
    assert (report.id.phase, report.preview) == ("reduce", "'bad'")


class Clashing(Sum):
    def create(self, value: Any) -> Any:
        return value


def test_accumulators_that_do_not_fit_together_are_told_with_their_key(bench: Bench) -> None:
    from corral_core import Min

    files = [b"a=1\nbad=1\nc=1\n", b"a=2\nbad=x\nc=2\n"]

    def mixed(key: str, value: str) -> Iterator[tuple[str, Any]]:
        name, _, number = value.partition("=")
        yield name, int(number) if number.isdigit() else number

    report, _ = failed(bench, Job(mixed, Min(), reducers=1), files, map_bin_size=14)
    assert (report.id.phase, report.error, report.preview) == ("reduce", "TypeError", "'bad'")


def combine(key: str, values: Iterable[int]) -> Iterator[tuple[str, int]]:
    boom(key)
    yield key, sum(values)


@pytest.mark.parametrize("spilling", [False, True])
def test_a_combiner_that_raises_is_told_with_its_key_and_not_with_some_record(bench: Bench, *, spilling: bool) -> None:
    job = Job(lambda k, v: [(v, 1), (v, 2), (v + "!", 1)], adding, combiner=combine)
    plan = Plan(100, 100, "files", 2**29, spilling, 1, 2, "")
    with pytest.raises(TaskFailedError) as caught:
        bench.run(job, FILES, plan)
    report = caught.value.report
    assert report is not None
    assert (report.id.phase, report.kind, report.file, report.preview) == ("map", "user", None, "'bad'")
    assert "in combine" in report.traceback


def by_name(key: str, count: int) -> int:
    boom(key)
    return 0


def test_a_partitioner_that_raises_is_told_with_its_key(bench: Bench) -> None:
    report, _ = failed(bench, Job(lambda k, v: [(v, 1)], adding, partitioner=by_name, reducers=2))
    assert (report.kind, report.file, report.preview) == ("user", None, "'bad'")
    assert "in by_name" in report.traceback


class Around:
    def __init__(self, when: str) -> None:
        self.when = when

    def start(self, emitter: Emitter) -> None:
        boom("bad" if self.when == "start" else "")

    def map(self, key: str, value: str, emitter: Emitter) -> None:
        emitter.emit(value, 1)

    def reduce(self, key: str, values: Iterable[int], emitter: Emitter) -> None:
        emitter.emit(key, sum(values))

    def finish(self, emitter: Emitter) -> None:
        boom("bad" if self.when == "finish" else "")


@pytest.mark.parametrize("when", ["start", "finish"])
@pytest.mark.parametrize("phase", ["map", "reduce"])
def test_what_raises_around_a_task_has_no_record(bench: Bench, when: str, phase: str) -> None:
    parts = (Around(when), Around("")) if phase == "map" else (Around(""), Around(when))
    report, message = failed(bench, Job(*parts, name="around"))
    assert (report.id.phase, report.kind, report.file, report.preview) == (phase, "user", None, "")
    assert f"in {when}" in report.traceback
    assert message.endswith("LookupError: no bad")


class Thing:
    pass


def uncarriable(key: str, value: str) -> Iterator[tuple[str, Any]]:
    yield value, 1
    if value == "bad":
        yield value, [Thing()]


def uncarriable_emitted(key: str, value: str, emitter: Emitter) -> None:
    emitter.emit(value, 1)
    if value == "bad":
        emitter.emit(value, [Thing()])


def odd_key(key: str, value: str, emitter: Emitter) -> None:
    emitter.emit(Thing() if value == "bad" else value, 1)


@pytest.mark.parametrize("mapper", [uncarriable, uncarriable_emitted, odd_key])
def test_what_cannot_be_carried_is_told_with_its_type_its_record_and_the_users_line(bench: Bench, mapper: Any) -> None:
    report, message = failed(bench, Job(mapper, adding))
    assert (report.kind, report.error, report.offset, report.preview) == ("data", "CarryError", 12, "'bad'")
    assert "Thing can't be carried" in message
    assert f"in {mapper.__name__}" in report.traceback
    assert "byte 12" in message


def test_what_does_not_pickle_is_told_with_its_record(bench: Bench) -> None:
    job = Job(lambda k, v: [(v, (lambda: 1) if v == "bad" else 1)], adding, codec="pickle")
    report, message = failed(bench, job)
    assert (report.kind, report.offset) == ("data", 12)
    assert "can't be pickled" in message


def test_what_cannot_go_to_the_next_stage_names_its_type(bench: Bench) -> None:
    first = Job(lambda k, v: [(v, 1)], lambda key, values: [(key, Thing())])
    report, message = failed(bench, [first, Job(yielding, adding)])
    assert (report.id.stage, report.id.phase, report.kind) == (0, "reduce", "data")
    assert "Thing can't be carried" in message


@pytest.mark.parametrize("spilling", [False, True])
def test_a_combiner_that_changes_its_key_is_told_so(bench: Bench, *, spilling: bool) -> None:
    job = Job(lambda k, v: [(v, 1), (v, 1)], adding, combiner=lambda key, values: [(key + "!", 1)], name="wrong")
    with pytest.raises(TaskFailedError, match=r"the combiner of job wrong was given the key .* must keep its key"):
        bench.run(job, FILES, Plan(100, 100, "files", 2**29, spilling, 1, 2, ""))


@pytest.mark.parametrize("reducer", [None, lambda key, values: [(key, next(iter(values)))]], ids=["map", "reduce"])
def test_an_output_that_is_no_line_names_its_record_and_no_other_place(bench: Bench, reducer: Any) -> None:
    job = Job(lambda k, v: [(v, "x\ny" if v == "bad" else v)], reducer)
    report, message = failed(
        bench, job, [b"a%d\n" % n for n in range(70)] + [b"bad\n"] + [b"b%d\n" % n for n in range(99)]
    )
    assert (report.kind, report.error, report.offset) == ("data", "OutputRecordError", None)
    assert "('bad', 'x\\ny')" in message
    assert "'b" not in message.replace("('bad'", "")


def test_a_record_that_is_not_utf_8_is_told_with_its_place(bench: Bench) -> None:
    report, message = failed(bench, Job(yielding, adding), [b"ok\nw\xfcrzig\nok\n"])
    assert (report.kind, report.error, report.offset, report.preview) == ("data", "RecordError", 3, "b'w\\xfcrzig'")
    assert "byte 3" in message


def test_a_message_for_users_that_no_code_of_theirs_raised_has_no_traceback_of_corrals(bench: Bench) -> None:
    """All frames would be corral's, and the last line the message once more."""
    report, _ = failed(bench, Job(yielding, adding), [b"w\xfcrzig\n"])
    assert (report.error, report.traceback) == ("RecordError", "")


@pytest.mark.parametrize("reducer", [adding, Sum()], ids=["reducer", "aggregator"])
@pytest.mark.parametrize("word", ["to", "word", "w" * 99], ids=["as long as a pair", "short", "long"])
def test_a_pair_in_the_place_of_a_list_of_pairs_is_told_with_the_way_out(bench: Bench, word: str, reducer: Any) -> None:
    """A text of two letters would pass for a pair."""
    report, _ = failed(bench, Job(lambda key, value: (value, 1), reducer), [f"{word}\n".encode()])
    shown = f"('{word}', 1)" if len(word) < 60 else "('www"
    assert report.message.startswith(f"the mapper returned {shown}")
    assert report.message.endswith("is no list of pairs: let it yield key, value, or return a list of such pairs")


def test_the_second_stage_tells_its_record(bench: Bench) -> None:
    report, _ = failed(bench, [Job(lambda k, v: [(v, v)], lambda k, vs: [(k, k)]), Job(yielding, adding)])
    assert (report.id.stage, report.kind, report.preview) == (1, "user", "'bad'")


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even this")


def unspeakable(key: str, value: str) -> list[tuple[str, int]]:
    raise Unspeakable


def test_an_exception_that_cannot_be_told_is_still_reported(bench: Bench) -> None:
    report, _ = failed(bench, Job(unspeakable, adding))
    assert (report.kind, report.error, report.offset) == ("user", "Unspeakable", 0)
    assert "its __str__ raised RuntimeError" in report.message


def test_a_message_of_lone_surrogates_travels_escaped(bench: Bench) -> None:
    def surrogate(key: str, value: str) -> list[tuple[str, int]]:
        raise ValueError("\ud800")

    assert failed(bench, Job(surrogate, adding))[0].message == "\\ud800"


def test_memory_that_is_short_is_told_as_such(bench: Bench) -> None:
    def greedy(key: str, value: str) -> list[tuple[str, int]]:
        raise MemoryError

    assert failed(bench, Job(greedy, adding))[0].kind == "memory"


def test_a_file_that_goes_away_is_no_fault_of_the_users(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from corral_core.storage.local import LocalStorage

    stat = LocalStorage.stat

    def gone(self: LocalStorage, path: str) -> Any:
        if path.endswith("in-001.txt"):
            raise FileNotFoundError(2, "No such file or directory", path)
        return stat(self, path)

    monkeypatch.setattr(LocalStorage, "stat", gone)
    report, message = failed(bench, Job(yielding, adding))
    assert (report.kind, report.error) == ("system", "FileNotFoundError")
    assert "in-001.txt" in message


@pytest.mark.parametrize("phase", ["map", "reduce"])
def test_a_full_disk_is_told_with_the_place_and_without_a_key(bench: Bench, phase: str) -> None:
    """No file may be larger than a limit of the system, which the writing finds out."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    reducer = None if phase == "map" else lambda key, values: [(key, "".join(values))]
    out = bench.folder()
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        report, message = failed(
            bench, Job(lambda k, v: [(v, "y" * 10_000)], reducer), [b"%d\n" % n for n in range(300)],
            working_location=str(out), reducers=1,
        )  # fmt: skip
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (report.kind, report.error, report.preview) == ("system", "OSError", "")
    assert "failed 4 times" in message
    told = f"OSError: [Errno {errno.EFBIG}] File too large; it works in {out}/_corral/{report.id.run}/stage-0"
    assert message.endswith(told)


def test_a_disk_that_is_full_while_segments_are_written_is_no_fault_of_the_users_code(bench: Bench) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    out = bench.folder()

    def noise(key: str, value: str) -> Iterator[tuple[str, bytes]]:
        yield value, Random(value).randbytes(1_000_000)  # nothing to compress

    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        report, message = failed(bench, Job(noise, adding), working_location=str(out))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (report.id.phase, report.kind, report.preview) == ("map", "system", "")
    assert f"File too large; it works in {out}/_corral/" in message


def test_an_error_of_the_users_own_files_is_the_users(bench: Bench) -> None:
    def opening(key: str, value: str) -> Iterator[tuple[str, int]]:
        with open("/no/such/table", encoding="utf-8"):  # noqa: PTH123  (as a user may)
            yield value, 1

    assert failed(bench, Job(opening, adding))[0].kind == "user"


def test_a_mapper_that_gives_nothing_to_iterate_over_is_told_what_to_do(bench: Bench) -> None:
    report, message = failed(bench, Job(lambda k, v: None, adding))
    assert (report.kind, report.offset) == ("user", 0)
    assert "the mapper gave None instead of pairs" in message


def yields_no_pair(key: Any, value: Any) -> Iterator[Any]:
    yield 5


@pytest.mark.parametrize(
    ("part", "line"),
    [(yields_no_pair, "yield 5"), (lambda k, v: [5], None), (lambda k, v: ["abc"], None), (lambda k, v: 5, None)],
    ids=["generator", "list", "text", "number"],
)
@pytest.mark.parametrize("role", ["mapper", "reducer", "combiner"])
def test_what_is_no_pair_is_told_so_with_the_users_line(bench: Bench, role: str, part: Any, line: str | None) -> None:
    def twice(key: str, value: str) -> list[tuple[str, int]]:
        return [(value, 1), (value, 1)]

    job = Job(
        part if role == "mapper" else twice,
        part if role == "reducer" else adding,
        combiner=part if role == "combiner" else None,
    )
    report, message = failed(bench, job, [b"a\n"])
    assert (report.kind, report.error) == ("user", "TypeError")
    assert "must give pairs (key, value), and gave something else" in message
    if line:
        assert line in report.traceback


def test_a_reducer_that_gives_nothing_to_iterate_over_is_told_what_to_do(bench: Bench) -> None:
    _, message = failed(bench, Job(lambda k, v: [(v, 1)], lambda k, vs: None))
    assert "<lambda> gave None instead of pairs: let it yield them" in message


def test_a_type_error_of_the_users_own_stays_as_it_is(bench: Bench) -> None:
    def adding_text(key: str, values: Iterable[int]) -> Iterator[tuple[str, int]]:
        yield key, sum(values) + ""  # type: ignore[operator]  # (the mistake that is made here)

    report, message = failed(bench, Job(yielding, adding_text), [b"a\n"])
    assert "unsupported operand" in message
    assert "gave something else" not in message
    assert "in adding_text" in report.traceback


def test_a_traceback_has_no_frames_of_the_library_in_between(bench: Bench) -> None:
    """An output is refused when its file closes, in a context manager of ours."""
    report, _ = failed(bench, Job(lambda k, v: [("a\tb", v)]), [b"x\n"])
    assert "contextlib" not in report.traceback


def test_whatever_is_raised_can_be_described() -> None:
    report = describe(TaskId("run", 0, "map", 1), ValueError("x"), Place())
    assert (report.kind, report.message, report.file, report.preview) == ("user", "x", None, "")


def test_a_batch_mapper_that_gives_nothing_is_told_so(bench: Bench) -> None:
    @batch
    def forgetful(records: Iterator[tuple[str, str]]) -> None:
        for _ in records:
            pass

    with pytest.raises(TaskFailedError, match="the batch mapper gave None instead of pairs"):
        bench.run(Job(forgetful), [b"a\n"])
