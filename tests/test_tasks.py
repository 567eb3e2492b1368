from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core import tasks
from corral_core.errors import MessageError
from corral_core.tasks import (
    DeadLetters,
    Done,
    Failed,
    JobRef,
    MapTask,
    Output,
    ReduceTask,
    SegmentRef,
    Split,
    Stats,
    TaskId,
    TaskOptions,
    decode_reply,
    decode_task,
    encode,
)

texts = st.text(st.characters(codec="utf-8"), max_size=8)
whole = st.integers(0, 2**63 - 1)
ids = st.builds(TaskId, texts, whole, st.sampled_from(["map", "reduce"]), whole, whole, whole)
refs = st.builds(JobRef, st.sampled_from(["file", "module", "pickle"]), texts, texts, texts, texts)
options = st.builds(
    TaskOptions,
    texts,
    texts,
    texts,
    whole,
    whole,
    max_bad_records=st.none() | whole,
    storages=st.dictionaries(texts, texts, max_size=2),
)
segments = st.builds(SegmentRef, texts, whole, whole, whole)
outputs = st.builds(Output, texts, whole, whole, texts)
letters = st.builds(DeadLetters, texts, whole, whole, texts, texts)
stats = st.builds(Stats, whole, whole, whole, whole, whole, st.floats(0, 1e9), whole, whole)
splits = st.builds(Split, texts, whole, whole, whole)
tuples = {"splits": st.lists(splits, max_size=2).map(tuple), "segments": st.lists(segments, max_size=2).map(tuple)}
map_tasks = st.builds(
    MapTask, ids, refs, tuples["splits"], whole, texts, options, st.sampled_from(["files", "single"]), st.none() | texts
)
reduce_tasks = st.builds(ReduceTask, ids, refs, tuples["segments"], texts, options, texts, st.booleans())
counters = st.dictionaries(texts, st.integers(-(2**63), 2**63 - 1), max_size=3)
done = st.builds(
    Done,
    ids,
    stats,
    counters,
    st.lists(st.none() | segments, max_size=3).map(tuple),
    st.none() | outputs,
    st.none() | letters,
)
failed = st.builds(
    Failed, ids, st.sampled_from(["user", "data", "memory", "system"]), texts, texts, texts, st.none() | texts
)

ID = TaskId("run", 2, "map", 3)
REPLY = Done(ID, Stats(), {})
TASK = ReduceTask(ID, JobRef("module", "m"), (), "work", TaskOptions("a", "b"), "out")


@given(st.one_of(map_tasks, reduce_tasks))
def test_a_task_comes_back_from_the_wire_as_it_was(task: Any) -> None:
    assert decode_task(encode(task)) == task


@given(st.one_of(done, failed))
def test_a_reply_comes_back_from_the_wire_as_it_was(reply: Any) -> None:
    assert decode_reply(encode(reply)) == reply


def test_a_message_is_json_that_anybody_can_read() -> None:
    message = json.loads(encode(TASK))
    assert message["type"] == "reduce"
    assert message["version"] == tasks.VERSION
    assert message["id"] == {"run": "run", "stage": 2, "phase": "map", "index": 3, "attempt": 0, "session": 0}


@pytest.mark.parametrize("version", [0, 2, 99])
def test_a_message_of_another_version_is_refused_before_it_is_understood(version: int) -> None:
    message = json.loads(encode(REPLY)) | {"version": version, "type": "unheard of"}
    with pytest.raises(MessageError, match=f"version {version} and this corral reads version 1: install the same"):
        decode_reply(json.dumps(message).encode())


@given(st.one_of(st.binary(max_size=20), st.just(b"[]"), st.just(b'"x"'), st.just(b'{"version":1}')))
def test_what_is_no_message_is_refused(data: bytes) -> None:
    for decode in (decode_task, decode_reply):
        with pytest.raises(MessageError):
            decode(data)


def test_a_task_is_no_reply_and_a_reply_no_task() -> None:
    with pytest.raises(MessageError):
        decode_reply(encode(TASK))
    with pytest.raises(MessageError):
        decode_task(encode(REPLY))


def test_messages_are_frozen() -> None:
    with pytest.raises(AttributeError):
        TASK.output = "elsewhere"  # type: ignore[misc]  # what is tested


def test_every_attempt_of_every_session_labels_its_files_differently() -> None:
    labels = [TaskId("run", 0, "map", 0, attempt, session).label for session in range(12) for attempt in range(12)]
    assert labels[:2] == ["0", "1"]
    assert len(set(labels)) == 144


def test_a_task_is_called_by_its_place_in_the_run() -> None:
    assert str(ID) == "stage 2 map 3"
    assert Split("f", 10, 25, 99).length == 15


def test_a_message_stays_small() -> None:
    many = msgspec.structs.replace(
        TASK, segments=tuple(SegmentRef("s3://bucket/x", 0, 10**6, 10**5) for _ in range(1000))
    )
    assert len(encode(many)) < 50_000
