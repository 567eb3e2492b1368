"""Bad records set aside: whatever the cut, the answer is that of the good ones, and the others are the dead letters."""

from __future__ import annotations

import base64
import bz2
import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corral_core import Driver, Job, Sum, batch, count
from corral_core.engine.deadletters import FIRST_SHOWN, gather
from corral_core.engine.place import Place
from corral_core.errors import OutputError, RecordError, RunError, TaskFailedError
from corral_core.formats.api import KEPT, Batch, InputFormat, Source
from corral_core.keys import stable_hash
from corral_core.report.store import NAME as REPORT
from corral_core.storage.local import LocalStorage
from corral_core.tasks import Done, Failed, Output, decode_reply, encode
from corral_core.testing.jobs import TaskBench
from corral_core.worker import run_task
from tests.engine.conftest import STYLES, Bench, Ended, Plan, plans, tight

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from corral_core.tasks import Reply

LIMIT = 12
"""Bytes that a record may have."""
PIECES = [
    b"a",
    b"b b",
    b"",
    b"a boom",
    b"boom",
    b"b set",
    b"\xff a",
    b"a \xc3\r",
    b"a b a b a b a b",
    b"\xe6\x97\xa5\r",
]
"""Lines: good ones, some at which the mappers raise, some that are no UTF-8, one that is too long."""

lines = st.lists(st.sampled_from(PIECES), max_size=12)
Letters = list[dict[str, Any]]


def pairs_of(line: str) -> Iterator[tuple[str, Any]]:
    """Fails behind the first word, when something has been emitted and counted already."""
    for word in line.split():
        count("words")
        if word == "boom":
            raise ValueError("no booms")
        yield word, {1} if word == "set" else 1


class Emitting:
    def map(self, key: str, value: str, emitter: Any) -> None:
        for pair in pairs_of(value):
            emitter.emit(*pair)


class Batching:
    def map_batch(self, records: Iterable[tuple[str, str]]) -> Iterator[tuple[str, int]]:
        for _, line in records:
            if "boom" not in line and "set" not in line:
                yield from pairs_of(line)


def emitting(key: str, value: str, emitter: Any) -> None:
    Emitting().map(key, value, emitter)


def generating(key: str, value: str) -> Iterator[tuple[str, int]]:
    yield from pairs_of(value)


def listing(key: str, value: str) -> list[tuple[str, int]]:
    return list(pairs_of(value))


@batch
def batching(records: Iterable[tuple[str, str]]) -> Iterator[tuple[str, int]]:
    return Batching().map_batch(records)


MAPPERS: dict[str, Any] = {
    "emitter": Emitting(),
    "class": Emitting,
    "function": emitting,
    "generator": generating,
    "list": listing,
    "batch": batching,
    "map_batch": Batching(),
}


def adding(key: str, values: Iterable[int]) -> Iterator[tuple[str, int]]:
    yield key, sum(values)


REDUCERS: dict[str, dict[str, Any]] = {
    "reducer": {"reducer": adding},
    "combiner": {"reducer": adding, "combiner": adding},
    "aggregator": {"reducer": Sum()},
    "pickle": {"reducer": Sum(), "codec": "pickle"},
}


def sorted_out(file: list[bytes], style: str) -> tuple[list[str], list[tuple[int, bytes, str]]]:
    """The good lines, and of each bad one its offset, its bytes, and what its error begins with."""
    good: list[str] = []
    bad: list[tuple[int, bytes, str]] = []
    offset = 0
    for raw in file:
        line = raw.removesuffix(b"\r")
        if len(raw) > LIMIT:
            bad.append((offset, raw, f"RecordError: the record at byte {offset} of "))
        elif b"\xff" in raw or b"\xc3" in raw:
            bad.append((offset, line, f"RecordError: the record at byte {offset} of "))
        elif b"boom" in raw and "batch" not in style:
            bad.append((offset, line, "ValueError: no booms"))
        elif b"set" in raw and "batch" not in style:
            bad.append((offset, line, ""))  # it depends on the reducer
        elif b"boom" not in raw and b"set" not in raw:
            good.append(line.decode())
        offset += len(raw) + 1
    return good, bad


def counted(good: list[str], reducers: int) -> list[bytes]:
    parts = [b""] * reducers
    words = sorted(word for line in good for word in line.split())
    for word in dict.fromkeys(words):
        parts[stable_hash(word) % reducers] += f"{word}\t{words.count(word)}\n".encode()
    return parts


def letters_of(ended: Ended) -> Letters:
    path = ended.result.dead_letters
    return [] if path is None else [json.loads(line) for line in Path(path).read_bytes().splitlines()]


def bytes_of(letter: dict[str, Any]) -> bytes:
    if "record" in letter:
        return str(letter["record"]).encode()
    return base64.b64decode(letter["record_base64"])


def tolerated(bench: Bench, job: Job, files: list[list[bytes]], plan: Plan | None = None, **options: Any) -> Ended:
    contents = [b"\n".join(file) + b"\n" * bool(file) for file in files]
    return bench.run(job, contents, plan, **{"max_bad_records": "100%", "max_record_size": LIMIT, **options})


@pytest.mark.parametrize("reducer", REDUCERS.values(), ids=REDUCERS)
@settings(max_examples=40)
@given(files=st.lists(lines, min_size=1, max_size=3), plan=plans, reducers=st.integers(1, 3))
def test_any_cut_gives_the_answer_of_the_good_records_and_the_bad_ones_in_order(
    reducer: dict[str, Any], bench: Bench, files: list[list[bytes]], plan: Plan, reducers: int
) -> None:
    job = Job(MAPPERS[plan.style], reducers=reducers, **reducer)
    ended = tolerated(bench, job, files, plan)
    sorted_files = [sorted_out(file, plan.style) for file in files]
    good = [line for lines_, _ in sorted_files for line in lines_]
    bad = [letter for _, letters in sorted_files for letter in letters]
    told = letters_of(ended)
    assert ended.outputs == counted(good, reducers)
    assert [(letter["offset"], bytes_of(letter)) for letter in told] == [letter[:2] for letter in bad]
    assert all(letter["error"].startswith(start) for letter, (_, _, start) in zip(told, bad, strict=True))
    assert {letter["stage"] for letter in told} <= {0}
    assert ended.result.bad_records == len(bad)
    assert ended.result.stats.records_in == sum(map(len, files)) - len(bad)
    assert ended.result.counters.get("words", 0) == sum(len(line.split()) for line in good)


@settings(max_examples=10)
@given(file=lines, plan=plans, pack=st.sampled_from([("gz", gzip.compress), ("bz2", bz2.compress)]))
def test_a_compressed_file_gives_the_same_dead_letters(bench: Bench, file: list[bytes], plan: Plan, pack: Any) -> None:
    suffix, compress = pack
    inputs = bench.write([compress(b"".join(line + b"\n" for line in file))], [f"in.{suffix}"])
    driver = Driver(Job(generating, Sum()), executor="inline", working_location=str(bench.folder()))
    result = driver.run(inputs, max_bad_records=1.0, max_record_size=LIMIT)
    bad = sorted_out(file, "generator")[1]
    told = letters_of(Ended(result, []))
    assert [(letter["file"], letter["offset"], bytes_of(letter)) for letter in told] == [
        (inputs[0], offset, raw) for offset, raw, _ in bad
    ]


@pytest.mark.parametrize("style", [style for style in STYLES if "batch" not in style])
def test_what_a_pair_cannot_be_is_a_bad_record_although_pairs_are_encoded_later(bench: Bench, style: str) -> None:
    ended = tolerated(bench, Job(MAPPERS[style], adding), [[b"a", b"b set", b"a"]])
    assert b"".join(ended.outputs) == b"a\t2\n"
    (letter,) = letters_of(ended)
    assert letter["error"].startswith("CarryError: a value of type set can't be carried")


def test_json_lines_show_their_bytes_and_not_what_was_read(bench: Bench) -> None:
    file = [b'["a",  1]', b"{bad", b"", b'["b" , 0]', b'["c",3]']
    job = Job(lambda key, value: [(key, 6 // value)], Sum(), reducers=1)
    ended = tolerated(bench, job, [file], input_format="jsonl")
    assert ended.outputs == [b"a\t6\nc\t2\n"]
    assert [(letter["offset"], letter["record"]) for letter in letters_of(ended)] == [(10, "{bad"), (16, '["b" , 0]')]


def test_records_between_stages_are_told_by_stage_and_as_python_writes_them(bench: Bench) -> None:
    def failing(key: str, value: int) -> Iterator[tuple[str, int]]:
        yield key, 1 // (value - 1)

    stages = [Job(generating, Sum(), reducers=1), Job(failing, Sum(), reducers=1)]
    ended = bench.run(stages, [b"a b a\nboom\nc\n"], max_bad_records=3)
    assert ended.outputs == [b"a\t1\n"]
    first, *later = letters_of(ended)
    assert (first["stage"], first["offset"], first["record"]) == (0, 6, "boom")
    assert [(letter["stage"], letter["file"], letter["offset"]) for letter in later] == [(1, None, None)] * 2
    assert [letter["record"] for letter in later] == ["('b', 1)", "('c', 1)"]
    assert ended.result.bad_records == 3
    with pytest.raises(TaskFailedError, match=r"first ZeroDivisionError: .* \(stage 1, record \('b', 1\)\): raise it"):
        bench.run(stages, [b"a b a\nc\n"], max_bad_records=1)


class _Odd(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def odd(key: str, value: str) -> Any:
    if value == "odd":
        raise _Odd
    raise ValueError("\ud800" + value * 10_000)


def test_no_error_is_too_odd_or_too_long_to_be_told(bench: Bench) -> None:
    ended = tolerated(bench, Job(odd, Sum()), [[b"odd", b"x"]])
    first, second = letters_of(ended)
    assert first["error"].startswith("_Odd: its message can't be told")
    assert second["error"].startswith(r"ValueError: \ud800xxx")
    assert len(second["error"]) < 2000


@pytest.mark.parametrize("raw", [b"x" * 100_000, "é".encode() * 50_000 + b"x", b"\xff" * 100_000], ids=["a", "é", "ff"])
def test_of_a_long_record_the_beginning_is_kept(bench: Bench, raw: bytes) -> None:
    ended = tolerated(bench, Job(generating, Sum()), [[raw]])
    (letter,) = letters_of(ended)
    assert (letter["truncated"], letter["size"]) == (True, len(raw))
    assert raw.startswith(bytes_of(letter))
    assert KEPT - 3 <= len(bytes_of(letter)) <= KEPT
    assert ("record" in letter) == (raw[:1] != b"\xff")


class Ignorant(InputFormat):
    """A plugin's, which has not heard of bad records that somebody takes."""

    name = "ignorant"

    def read(self, source: Source) -> Iterator[Batch]:
        yield Batch([("a", 1)], lambda index: 7)
        raise RecordError("the record at byte 9 is bad", 9)


def answered(bench: Bench, *lines_: str, task: dict[str, Any], **options: Any) -> Reply:
    """The reply of a worker to one map task of the sample job that sets everything bad aside."""
    tasks = TaskBench(bench.folder(), str(bench.folder()))
    plain = tasks.acting(*lines_)
    changed = msgspec.structs.replace(plain.options, max_bad_records=None, **options)
    mine = msgspec.structs.replace(plain, id=msgspec.structs.replace(plain.id, **task), options=changed)
    return decode_reply(run_task(encode(mine)))


def test_a_format_that_raises_fails_the_task_at_its_first_bad_record(bench: Bench) -> None:
    reply = answered(bench, "echo a", task={}, input_format=f"{__name__}:Ignorant")
    assert isinstance(reply, Failed)
    assert (reply.error, reply.offset) == ("RecordError", 9)


def test_every_attempt_of_every_session_leaves_dead_letters_of_its_own(bench: Bench) -> None:
    tries = [{"attempt": 0}, {"attempt": 1}, {"attempt": 0, "session": 1}]
    replies = [answered(bench, "echo a", "fail b", "fail c", task=task) for task in tries]
    done = [reply for reply in replies if isinstance(reply, Done) and reply.dead_letters]
    letters = [reply.dead_letters for reply in done if reply.dead_letters]
    assert [Path(part.path).name.split(".", 1)[1] for part in letters] == ["0", "1", "1.0"]
    assert [(part.records, part.size) for part in letters] == [(2, Path(part.path).stat().st_size) for part in letters]
    assert [(reply.stats.records_in, reply.stats.bad_records, reply.counters) for reply in done] == [
        (1, 2, {"lines": 1})
    ] * 3


def test_a_record_without_bytes_of_its_own_is_shown_as_python_writes_it() -> None:
    place = Place()
    for values, shown in (["x"], b"x"), ([b"\xff"], b"\xff"), ([("a", 1)], b"('k', ('a', 1))"):
        next(place.enter(Batch(values, lambda index: 7)))
        assert place.raw("k", values[0]) == shown
    place.leave()
    assert place.raw("k", "v") == b"('k', 'v')"


# Limits


FILES = [[b"a", b"boom", b"\xff"], [b"b", b"boom", b"a"]]
"""Three bad records of six."""


@pytest.mark.parametrize("limit", [3, "3", 4, "50%", 0.5, "100%", 1.0])
@pytest.mark.parametrize("bin_size", [1, 10, 100])
def test_a_limit_that_is_reached_is_not_exceeded(bench: Bench, limit: Any, bin_size: int) -> None:
    ended = tolerated(bench, Job(generating, Sum()), FILES, max_bad_records=limit, map_bin_size=bin_size)
    assert ended.result.bad_records == 3


@pytest.mark.parametrize("limit", [1, 2, "49.9%", 0.499, "0.01%"])
@pytest.mark.parametrize("bin_size", [1, 10, 100])
def test_beyond_the_limit_the_run_fails_and_names_it_and_the_first_bad_record(
    bench: Bench, limit: Any, bin_size: int
) -> None:
    out = bench.folder()
    with pytest.raises(RunError, match=r"more bad records than maxBadRecords=\S+ allows.*, first \w+Error: ") as caught:
        tolerated(
            bench,
            Job(generating, Sum()),
            FILES,
            max_bad_records=limit,
            map_bin_size=bin_size,
            split_size=2,
            working_location=str(out),
        )
    assert "byte 2 of " in str(caught.value)
    assert "in-000.txt" in str(caught.value)
    assert {path.name for path in out.iterdir()} <= {"_corral", REPORT}  # other tasks may be of use to another try


def test_a_worker_stops_by_itself_at_one_too_many_and_blames_no_other_record(bench: Bench) -> None:
    def mapper(key: str, value: str) -> Any:
        if value == "3":
            raise SystemExit("nobody should have come this far")
        raise ValueError("x" * 10_000)

    with pytest.raises(TaskFailedError) as caught:
        tolerated(bench, Job(mapper, Sum()), [[b"%d" % n for n in range(100)]], max_bad_records=2)
    report = caught.value.report
    assert report is not None
    assert (report.kind, report.error, report.file, report.offset) == ("limit", "BadRecordsError", None, None)
    assert len(str(caught.value)) < FIRST_SHOWN + 300


def test_without_a_limit_the_first_bad_record_fails_the_run(bench: Bench) -> None:
    for limit in (0, "0", "0%", 0.0):
        with pytest.raises(TaskFailedError, match="no booms"):
            tolerated(bench, Job(generating, Sum()), [[b"a", b"boom"]], max_bad_records=limit)


# What is left in the location


def test_the_manifest_counts_and_an_overwriting_run_leaves_no_old_dead_letters(bench: Bench) -> None:
    out = bench.folder()
    job = Job(generating, Sum())
    ended = tolerated(bench, job, FILES, working_location=str(out))
    assert ended.result.dead_letters == str(out / "_bad_records.jsonl")
    assert json.loads((out / "_SUCCESS").read_bytes())["bad_records"] == 3
    assert not (out / "_corral").exists()
    again = tolerated(bench, job, [[b"a"]], working_location=str(out), overwrite=True)
    assert again.result.dead_letters is None
    assert json.loads((out / "_SUCCESS").read_bytes())["bad_records"] == 0
    assert sorted(path.name for path in out.iterdir()) == ["_SUCCESS", REPORT, "output-0"]


def test_dead_letters_that_are_read_again_are_never_overwritten(bench: Bench) -> None:
    out = bench.folder()
    tolerated(bench, Job(generating, Sum()), FILES, working_location=str(out))
    driver = Driver(Job(generating, Sum()), executor="inline", working_location=str(out), overwrite=True)
    with pytest.raises(OutputError, match=r"_bad_records\.jsonl is an input too"):
        driver.run(str(out / "_bad_records.jsonl"))


def test_good_records_leave_no_dead_letters_anywhere(bench: Bench) -> None:
    out = bench.folder()
    with tight():
        tolerated(bench, Job(generating, Sum()), [[b"a"]], working_location=str(out), cleanup=False)
    assert not list(out.rglob("*bad*"))


@pytest.mark.parametrize("content", [b"", b"{}\n{}\n", b"[]\n"], ids=["cut", "longer", "changed"])
def test_a_tasks_dead_letters_that_changed_are_an_error_and_no_short_answer(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad-0.0").write_bytes(content)
    part = Output(str(tmp_path / "bad-0.0"), 3, 1, "crc32:00000000")
    with pytest.raises(RunError, match=r"bad-0\.0 were changed"):
        gather(LocalStorage(), [part], str(tmp_path / "all"))
    assert not (tmp_path / "all").exists()
