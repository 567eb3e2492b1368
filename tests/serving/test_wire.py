"""Frames, in whatever pieces they arrive."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.errors import CorralError, MessageError, OutOfMemory, Throttled, WorkerLost
from corral_core.serving.wire import FAILURES, READY, REPLY, TASK, Frames, describe, frame


@given(
    st.lists(st.tuples(st.sampled_from([READY, REPLY, TASK]), st.binary(max_size=50))),
    st.integers(min_value=1, max_value=40),
)
def test_frames_come_back_whole_and_in_order(messages: list[tuple[bytes, bytes]], piece: int) -> None:
    stream = b"".join(frame(kind, body) for kind, body in messages)
    frames = Frames()
    arrived = []
    for start in range(0, len(stream), piece):
        arrived += frames.feed(stream[start : start + piece])
    assert arrived == messages


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (MessageError("no task"), MessageError("no task")),
        (MemoryError(), OutOfMemory("a task ended without a reply, with MemoryError: ")),
        (KeyError("k"), WorkerLost("a task ended without a reply, with KeyError: 'k'")),
        (Throttled("odd here"), WorkerLost("odd here")),
        (WorkerLost("lone \udc80 surrogate"), WorkerLost("lone \\udc80 surrogate")),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_exception_out_of_run_task_arrives_as_an_error_of_corral(raised: Exception, expected: CorralError) -> None:
    kind, body = describe(raised)
    rebuilt = FAILURES[kind](body.decode())
    assert (type(rebuilt), str(rebuilt)) == (type(expected), str(expected))
