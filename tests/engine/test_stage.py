"""What of a stage is done again while the run goes on: tasks that were too much, segments and outputs that are not what
they were. The answer is that of a run in which nothing happened.
"""

from __future__ import annotations

import gzip
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from corral_core import Job, Sum
from corral_core.engine.phase import ATTEMPTS_A_ROUND
from corral_core.errors import OutOfMemory, RunError, TaskFailedError, TaskTimeout
from corral_core.events import Event, Observer, PhaseFinished, PhaseStarted, TaskCut, TaskFinished, TaskStarted
from corral_core.executors.inline import InlineExecutor
from corral_core.report.store import NAME as REPORT
from corral_core.tasks import MapTask, decode_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.engine.conftest import Bench, Ended

WORDS = [b"".join(b"w%d x%d all\n" % (n % 7, n) for n in range(start, start + 9)) for start in (0, 9, 18)]


Options = dict[str, Any]


class AtMost:
    """Needs more memory than there is for more than so many records at a time."""

    def __init__(self, most: int) -> None:
        self.most, self.seen = most, 0

    def map(self, key: Any, value: Any, emitter: Any) -> None:
        self.seen += 1
        if self.seen > self.most:
            raise MemoryError
        emitter.count("rows")
        for word in str(value).split():
            emitter.emit(word, 1)


def adding(key: str, values: Iterable[int]) -> Iterator[tuple[str, int]]:
    yield key, sum(values)


def keyed(key: str, value: int) -> Iterator[tuple[str, str]]:
    yield key, f"{key} {key}"


JOBS: dict[str, Callable[[int], list[Job]]] = {
    "reducers": lambda most: [Job(AtMost(most), adding, reducers=2)],
    "aggregator": lambda most: [Job(AtMost(most), Sum(), reducers=3)],
    "map only": lambda most: [Job(AtMost(most))],
    "map only, then reducers": lambda most: [Job(AtMost(most)), Job(keyed, adding_text, reducers=2)],
    "reducers, then map only": lambda most: [Job(keyed_lines, adding, reducers=6), Job(AtMost(most))],
    "both": lambda most: [Job(AtMost(most), adding, reducers=6), Job(AtMost(max(most, 20)), adding, reducers=2)],
}


def adding_text(key: str, values: Iterable[str]) -> Iterator[tuple[str, int]]:
    yield key, sum(len(value) for value in values)


def keyed_lines(key: str, value: str) -> Iterator[tuple[str, int]]:
    for word in value.split():
        yield word, 1


class Watching(Observer):
    """:param act: is called with every event."""

    def __init__(self, act: Callable[[Event], None] | None = None) -> None:
        self.events: list[Event] = []
        self._act = act

    def on_event(self, event: Event) -> None:
        self.events.append(event)
        if self._act is not None:
            self._act(event)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def same(one: Ended, other: Ended) -> None:
    """The outputs, byte for byte, and what is told of them."""
    assert one.outputs == other.outputs
    assert [Path(output.path).name for output in one.result.outputs] == [f"output-{n}" for n in range(len(one.outputs))]
    assert one.result.counters == other.result.counters
    for name in ("records_in", "bytes_in", "records_out", "bytes_out"):
        assert getattr(one.result.stats, name) == getattr(other.result.stats, name), name


CUTS = [(name, 1000, most) for name in JOBS for most in (16, 9)]
CUTS += [(name, bins, 4) for name in JOBS for bins in (1000, 200) if name != "reducers, then map only"]
"""A part between stages is one split, of more records than four."""


@pytest.mark.parametrize(("name", "bins", "most"), CUTS)
def test_tasks_that_take_too_much_memory_are_cut_and_the_answer_is_the_same(
    bench: Bench, name: str, bins: int, most: int
) -> None:
    inputs, watching, options = bench.write(WORDS), Watching(), Options(map_bin_size=bins)
    undisturbed = bench.start(JOBS[name](10**9), inputs, bench.folder(), **options)
    cut = bench.start(JOBS[name](most), inputs, bench.folder(), [watching], **options)
    assert watching.of(TaskCut)
    same(cut, undisturbed)
    started = [event.id for event in watching.of(TaskStarted)]
    assert len(set(started)) == len(started)


@pytest.mark.parametrize("most", [9, 10])
def test_compressed_files_are_cut_from_each_other_and_not_within(bench: Bench, most: int) -> None:
    inputs = bench.write([gzip.compress(data) for data in WORDS], ["a.gz", "b.gz", "c.gz"])
    undisturbed = bench.start(Job(AtMost(10**9), adding), inputs, bench.folder())
    same(bench.start(Job(AtMost(most), adding), inputs, bench.folder()), undisturbed)


def test_a_compressed_file_that_is_too_much_is_tried_as_often_as_any_task_and_named(bench: Bench) -> None:
    inputs, watching = bench.write([gzip.compress(WORDS[0])], ["a.gz"]), Watching()
    with pytest.raises(
        TaskFailedError, match=r"stage 0 map 0 failed 4 times, the last time at \S+a\.gz.*: MemoryError"
    ):
        bench.start(Job(AtMost(8), adding), inputs, bench.folder(), [watching])
    assert not watching.of(TaskCut)


def greedy(key: str, value: str) -> Iterator[tuple[str, int]]:
    if value == "bad":
        raise MemoryError("no more")
    yield value, 1


@pytest.mark.parametrize("job", [Job(greedy, adding), Job(greedy)], ids=["reduced", "map only"])
def test_a_record_that_is_too_much_by_itself_is_named(bench: Bench, job: Job) -> None:
    inputs = bench.write([b"a\nb\n", b"three\r\nfour\nbad\nfive\n"])
    with pytest.raises(TaskFailedError) as caught:
        bench.start(job, inputs, bench.folder())
    assert str(caught.value).endswith(
        f"failed 4 times, the last time at {inputs[1]}, byte 12 (record 'bad'): MemoryError: no more"
    )
    assert caught.value.report is not None
    assert (caught.value.report.kind, caught.value.report.offset) == ("memory", 12)


@pytest.mark.parametrize("error", [TaskTimeout("longer than 9 s"), OutOfMemory("killed")], ids=["time", "memory"])
@pytest.mark.parametrize("size", [3, 1000])
def test_a_record_that_the_place_can_not_do_is_named_by_the_bytes_of_its_task(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, error: Exception, size: int
) -> None:
    """No worker lives to tell which record it was; but a task of one record is that record."""
    inputs = bench.write([b"a\nb\n", b"three\r\nfour\nbad\nfive\n"])
    submit = InlineExecutor.submit

    def submitting(self: InlineExecutor, payload: bytes) -> Future[bytes]:
        task = decode_task(payload)
        assert isinstance(task, MapTask)
        if any(split.path == inputs[1] and split.start <= 12 < split.end for split in task.splits):
            future: Future[bytes] = Future()
            future.set_exception(error)
            return future
        return submit(self, payload)

    monkeypatch.setattr(InlineExecutor, "submit", submitting)
    with pytest.raises(TaskFailedError) as caught:
        bench.start(Job(keyed_lines, adding), inputs, bench.folder(), split_size=size)
    assert f"{type(error).__name__}: {error} (it reads {inputs[1]}, bytes 12 to " in str(caught.value)


def test_a_record_that_can_t_be_read_is_told_as_such_although_its_task_was_too_much_before(bench: Bench) -> None:
    inputs = bench.write([b"a\nb\nc\nd\n\xff\xfe\n"])
    with pytest.raises(TaskFailedError, match=r"failed 2 times.* byte 8 .*utf-8"):
        bench.start(Job(AtMost(3), adding), inputs, bench.folder())


# Segments


def segments_of(event: Event) -> list[Any]:
    if isinstance(event, TaskFinished) and event.reply is not None and event.id.phase == "map":
        return [ref for ref in getattr(event.reply, "segments", ()) if ref is not None]
    return []


def damage(path: str) -> None:
    data = bytearray(Path(path).read_bytes())
    data[len(data) // 2] ^= 0xFF
    Path(path).write_bytes(data)


def truncate(path: str) -> None:
    Path(path).write_bytes(Path(path).read_bytes()[:-3])


def remove(path: str) -> None:
    Path(path).unlink()


HARM = {"damaged": damage, "cut": truncate, "gone": remove}


class Harming(Watching):
    """Harms segments of these mappers when the map phase is done.

    :param times: how often; after that they stay as they are.
    """

    def __init__(self, harm: Callable[[str], None], mappers: Iterable[int], times: int = 1) -> None:
        super().__init__(self._see)
        self._harm, self._mappers, self._left = harm, set(mappers), times
        self._paths: dict[int, str] = {}

    def _see(self, event: Event) -> None:
        for ref in segments_of(event):
            assert isinstance(event, TaskFinished)
            self._paths[event.id.index] = ref.path
        if isinstance(event, PhaseFinished) and event.phase == "map" and self._left:
            self._left -= 1
            for mapper in self._mappers:
                self._harm(self._paths[mapper])


def again(watching: Watching) -> list[int]:
    """The map tasks that were done in a later round."""
    rounds = [event.id for event in watching.of(TaskStarted) if event.id.attempt >= ATTEMPTS_A_ROUND]
    return sorted(identity.index for identity in rounds if identity.phase == "map")


@pytest.mark.parametrize("layout", ["files", "single"])
@pytest.mark.parametrize("mappers", [[1], [0, 2]], ids=repr)
@pytest.mark.parametrize("harm", HARM)
def test_a_segment_that_is_harmed_between_the_phases_is_made_again(
    bench: Bench, harm: str, mappers: list[int], layout: str
) -> None:
    inputs = bench.write(WORDS)
    options = Options(map_bin_size=130, shuffle_layout=layout)
    job = Job(AtMost(99), adding, reducers=1)
    undisturbed = bench.start(job, inputs, bench.folder(), **options)
    harming = Harming(HARM[harm], mappers)
    out = bench.folder()
    same(bench.start(job, inputs, out, [harming], **options), undisturbed)
    assert again(harming) == mappers
    assert sorted(path.name for path in out.iterdir()) == ["_SUCCESS", REPORT, "output-0"]


@pytest.mark.parametrize("harm", [truncate, remove], ids=["cut", "gone"])
def test_segments_that_are_lost_together_are_made_again_together(bench: Bench, harm: Callable[[str], None]) -> None:
    """Else each would cost one of the few rounds."""
    inputs = bench.write(WORDS)
    options = Options(map_bin_size=60, shuffle_layout="files", max_attempts=2)
    job = Job(AtMost(99), adding, reducers=1)
    undisturbed = bench.start(job, inputs, bench.folder(), **options)
    harming = Harming(harm, range(6))
    same(bench.start(job, inputs, bench.folder(), [harming], **options), undisturbed)
    assert again(harming) == [*range(6)]


def test_a_piece_whose_segment_is_harmed_is_made_again_alone(bench: Bench) -> None:
    inputs = bench.write(WORDS)
    undisturbed = bench.start(Job(AtMost(99), adding, reducers=1), inputs, bench.folder())
    harming = Harming(damage, [1])
    same(bench.start(Job(AtMost(18), adding, reducers=1), inputs, bench.folder(), [harming]), undisturbed)
    assert again(harming) == [1]


@pytest.mark.parametrize(("harm", "said"), [(damage, "damaged: "), (remove, "gone: somebody removed it")])
def test_segments_that_are_harmed_for_ever_end_the_run_and_are_named(
    bench: Bench, harm: Callable[[str], None], said: str
) -> None:
    out = bench.folder()
    with pytest.raises(TaskFailedError) as caught:
        bench.start(
            Job(AtMost(99), adding, reducers=1), bench.write(WORDS), out, [Harming(harm, [0], times=99)],
            shuffle_layout="files",
        )  # fmt: skip
    assert str(caught.value).startswith("stage 0 reduce 0 failed 2 times, the last time: SegmentError")
    assert "map-bin0-0." in str(caught.value)
    assert f" is {said}" in str(caught.value)
    assert "(key" not in str(caught.value), "the key in hand is not at fault"


# Records between stages


@pytest.mark.parametrize("harm", [truncate, remove], ids=["cut", "gone"])
@pytest.mark.parametrize("name", ["both", "map only, then reducers"])
def test_records_that_their_store_lost_before_the_next_stage_are_made_again(
    bench: Bench, name: str, harm: Callable[[str], None]
) -> None:
    inputs, options = bench.write(WORDS), Options(map_bin_size=130)
    undisturbed = bench.start(JOBS[name](10**9), inputs, bench.folder(), **options)
    written: list[str] = []

    def see(event: Event) -> None:
        output = getattr(getattr(event, "reply", None), "output", None)
        if output is not None:
            written.append(output.path)
        if isinstance(event, PhaseFinished) and len(written) == watching.of(PhaseStarted)[-1].tasks:
            harm(written[1])

    watching = Watching(see)
    same(bench.start(JOBS[name](10**9), inputs, bench.folder(), [watching], **options), undisturbed)
    repeated = [event.id for event in watching.of(TaskStarted) if event.id.attempt >= ATTEMPTS_A_ROUND]
    assert [(identity.stage, identity.index) for identity in repeated] == [(0, 1)]


# Outputs


OUTPUTS = {"reduced": Job(AtMost(99), adding, reducers=2), "map only": Job(AtMost(99))}


def outputs_phase(name: str) -> str:
    return "reduce" if name == "reduced" else "map"


def at(kind: type[Any], phase: str, act: Callable[[], None], times: int = 1) -> Watching:
    """Act when this happens in a phase, so many times."""
    left = [times]

    def see(event: Event) -> None:
        its = event.id.phase if isinstance(event, TaskStarted) else getattr(event, "phase", None)
        if isinstance(event, kind) and its == phase and left[0]:
            left[0] -= 1
            act()

    return Watching(see)


@pytest.mark.parametrize("harm", [truncate, remove], ids=["cut", "gone"])
@pytest.mark.parametrize("name", OUTPUTS)
def test_an_output_that_is_not_whole_at_the_end_is_written_again(
    bench: Bench, name: str, harm: Callable[[str], None]
) -> None:
    inputs, out, options = bench.write(WORDS), bench.folder(), Options(map_bin_size=130)
    undisturbed = bench.start(OUTPUTS[name], inputs, bench.folder(), **options)
    watching = at(PhaseFinished, outputs_phase(name), lambda: harm(str(out / "output-1")))
    same(bench.start(OUTPUTS[name], inputs, out, [watching], **options), undisturbed)
    assert len(watching.of(PhaseFinished)) == (3 if name == "reduced" else 2)


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs_that_never_stay_whole_end_the_run(bench: Bench, name: str) -> None:
    out = bench.folder()
    watching = at(PhaseFinished, outputs_phase(name), lambda: remove(str(out / "output-1")), times=99)
    with pytest.raises(RunError, match=f"outputs in {out} are not what their tasks wrote, time and again: another"):
        bench.start(OUTPUTS[name], bench.write(WORDS), out, [watching], map_bin_size=130)
    assert not (out / "_SUCCESS").exists()


@pytest.mark.parametrize("name", OUTPUTS)
def test_an_output_with_other_bytes_in_the_way_is_replaced_by_the_task_s_own(bench: Bench, name: str) -> None:
    inputs, out, options = bench.write(WORDS), bench.folder(), Options(map_bin_size=130)
    undisturbed = bench.start(OUTPUTS[name], inputs, bench.folder(), **options)
    watching = at(PhaseStarted, outputs_phase(name), lambda: void((out / "output-1").write_bytes(b"another's")))
    same(bench.start(OUTPUTS[name], inputs, out, [watching], **options), undisturbed)
    tries = [e.id.attempt for e in watching.of(TaskStarted) if (e.id.phase, e.id.index) == (outputs_phase(name), 1)]
    assert tries == [0, 1]


@pytest.mark.parametrize("name", OUTPUTS)
def test_an_output_with_the_same_bytes_in_the_way_is_the_task_s_work_done(bench: Bench, name: str) -> None:
    """An earlier attempt of its own wrote it and was not heard of."""
    inputs, out, options = bench.write(WORDS), bench.folder(), Options(map_bin_size=130)
    undisturbed = bench.start(OUTPUTS[name], inputs, bench.folder(), **options)
    content = undisturbed.outputs[1]
    watching = at(PhaseStarted, outputs_phase(name), lambda: void((out / "output-1").write_bytes(content)))
    same(bench.start(OUTPUTS[name], inputs, out, [watching], **options), undisturbed)
    assert not any(event.id.attempt for event in watching.of(TaskStarted))


def test_an_output_that_is_taken_time_and_again_ends_the_run(bench: Bench) -> None:
    out = bench.folder()
    watching = at(TaskStarted, "reduce", lambda: void((out / "output-0").write_bytes(b"another's")), times=99)
    with pytest.raises(TaskFailedError, match=r"reduce 0 failed 4 times.*OutputTakenError: output .*output-0 is there"):
        bench.start(OUTPUTS["reduced"], bench.write(WORDS), out, [watching])


def void(_: object) -> None:
    """An answer that nobody wants."""


# The user's code


class Flaky:
    """Fails the first time: a file says that it did."""

    def __init__(self, mark: Path, where: str) -> None:
        self.mark, self.where = mark, where

    def _fail(self, where: str) -> None:
        if self.where == where and not self.mark.exists():
            self.mark.touch()
            raise ValueError("by chance")

    def map(self, key: str, value: str, emitter: Any) -> None:
        self._fail("map")
        emitter.count("rows")
        emitter.emit(value, 1)

    def reduce(self, key: str, values: Iterable[int], emitter: Any) -> None:
        self._fail("reduce")
        emitter.emit(key, sum(values))


@pytest.mark.parametrize("where", ["map", "reduce"])
def test_code_that_fails_once_is_forgiven_and_counted_once(bench: Bench, tmp_path: Path, where: str) -> None:
    code = Flaky(tmp_path / "failed", where)
    ended = bench.start(Job(code, code, reducers=1), bench.write([b"a\nb\na\n"]), bench.folder())
    assert ended.outputs == [b"a\t2\nb\t1\n"]
    assert ended.result.counters == {"rows": 3}
    assert ended.result.waste.attempts == 1


@pytest.mark.parametrize("phase", ["map", "reduce"])
def test_code_that_fails_always_is_run_twice(bench: Bench, phase: str) -> None:
    def failing(key: str, value: Any) -> Any:
        raise ValueError("boom")

    job = Job(failing, adding) if phase == "map" else Job(keyed_lines, failing)
    watching = Watching()
    with pytest.raises(TaskFailedError, match=f"stage 0 {phase} 0 failed 2 times"):
        bench.start(job, bench.write([b"a\n"]), bench.folder(), [watching], reducers=1, max_attempts=9)
    assert len([event for event in watching.of(TaskStarted) if event.id.phase == phase]) == 2
