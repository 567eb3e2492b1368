from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corral_core.errors import MessageError
from corral_core.remote.handler import Room, answer
from corral_core.remote.messages import is_reference, laid_down, opened
from corral_core.tasks import Done, Failed, decode_reply, encode
from corral_core.testing.jobs import TaskBench

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 2**20


@pytest.fixture
def bench(tmp_path: Path) -> TaskBench:
    return TaskBench(tmp_path / "job", str(tmp_path / "data"))


def test_a_task_is_answered(bench: TaskBench, capsys: pytest.CaptureFixture[str]) -> None:
    task = bench.acting("echo a")
    reply = decode_reply(answer(encode(task), Room(LIMIT)))
    assert isinstance(reply, Done)
    assert reply.id == task.id
    assert capsys.readouterr().out.splitlines() == [
        f"corral run suite, stage 0 map {task.id.index}, attempt 0: begins",
        f"corral run suite, stage 0 map {task.id.index}, attempt 0: done: 1 records in, 1 out",
    ]


def test_large_messages_travel_by_reference_both_ways(bench: TaskBench, tmp_path: Path) -> None:
    work = str(tmp_path / "work")
    message = laid_down(encode(bench.acting("echo a", padding=LIMIT)), work)
    reply = answer(message, Room(reply=10, work=work))
    assert is_reference(reply)
    assert isinstance(decode_reply(opened(reply)), Done)


@pytest.mark.parametrize("message", [b"\0garbage", b"{}", b'{"id": {"run": "r"}}'])
def test_what_is_no_task_is_refused(message: bytes) -> None:
    with pytest.raises(MessageError):
        opened(answer(message, Room(LIMIT)))


def test_a_task_that_will_not_end_in_time_says_so(bench: TaskBench, tmp_path: Path) -> None:
    task = bench.acting(f"hold {tmp_path / 'sign'}")
    reply = decode_reply(answer(encode(task), Room(LIMIT, seconds=1)))
    assert isinstance(reply, Failed)
    assert (reply.kind, reply.id) == ("timeout", task.id)


def test_a_small_place_caps_the_tasks_memory(bench: TaskBench) -> None:
    """With 8 MiB for it the task still ends well; that it spills is the worker's own test."""
    reply = decode_reply(answer(encode(bench.acting("echo a")), Room(LIMIT, memory=1)))
    assert isinstance(reply, Done)


def test_a_place_whose_log_is_the_users_terminal_leaves_no_lines(
    bench: TaskBench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert isinstance(decode_reply(answer(encode(bench.acting("echo a")), Room(LIMIT, log=False))), Done)
    assert capsys.readouterr().out == ""
