from __future__ import annotations

import subprocess
import sys
from threading import Thread
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from corral_core.errors import MessageError
from corral_core.tasks import Done, Failed, decode_reply, encode
from corral_core.testing.jobs import TaskBench
from corral_core.worker import run_task

if TYPE_CHECKING:
    from pathlib import Path

    from corral_core.tasks import Reply, Task


@pytest.fixture
def tasks(tmp_path: Path) -> TaskBench:
    return TaskBench(tmp_path / "job", str(tmp_path / "data"))


def run(task: Task) -> Reply:
    return decode_reply(run_task(encode(task)))


def done(task: Task) -> Done:
    reply = run(task)
    assert isinstance(reply, Done), reply
    return reply


@pytest.mark.parametrize("layout", ["files", "single"])
def test_tasks_run_from_bytes_to_bytes(tasks: TaskBench, layout: Any) -> None:
    mappers = [tasks.mapping(*lines, partitions=3) for lines in (("a b", "b"), ("c b",))]
    mapped = [done(msgspec.structs.replace(task, layout=layout)) for task in mappers]
    found: dict[str, str] = {}
    for partition in range(3):
        reduced = done(tasks.reducing([reply.segments[partition] for reply in mapped]))
        assert reduced.output is not None
        found |= dict(line.split("\t", 1) for line in tasks.read(reduced.output.path))
    assert found == {"a": "1", "b": "3", "c": "1"}


def test_a_reply_tells_what_was_done(tasks: TaskBench) -> None:
    reply = done(tasks.mapping("a b", "b", partitions=1))
    assert (reply.stats.records_in, reply.stats.bytes_in, reply.stats.records_out) == (2, 6, 3)
    assert reply.stats.seconds > 0
    assert reply.stats.peak_memory > 2**20


def test_an_empty_partition_has_no_segment(tasks: TaskBench) -> None:
    assert done(tasks.mapping(" ", partitions=4)).segments == (None,) * 4


def test_a_failure_is_a_reply(tasks: TaskBench) -> None:
    reply = run(tasks.acting("echo fine", "fail on purpose"))
    assert isinstance(reply, Failed)
    assert (reply.error, reply.message, reply.offset) == ("ValueError", "on purpose", 10)


def test_a_job_that_is_not_there_is_a_reply(tasks: TaskBench, tmp_path: Path) -> None:
    task = tasks.acting("echo x")
    for job in (
        msgspec.structs.replace(task.job, name="other.py"),
        msgspec.structs.replace(task.job, digest="0"),
        msgspec.structs.replace(task.job, attribute="nothing"),
        msgspec.structs.replace(task.job, kind="pickle", name=str(tmp_path / "none")),
    ):
        reply = run(msgspec.structs.replace(task, job=job))
        assert isinstance(reply, Failed)
        assert reply.error in {"JobError", "FileNotFoundError"}


@pytest.mark.parametrize("payload", [b"", b"{}", b"\xff", b'{"type":"map","version":99}'])
def test_what_is_no_task_is_refused(payload: bytes) -> None:
    with pytest.raises(MessageError):
        run_task(payload)


def test_threads_run_tasks_side_by_side(tasks: TaskBench) -> None:
    jobs = [tasks.acting(*[f"echo {number}"] * 500, f"task {number}") for number in range(6)]
    replies: dict[int, Reply] = {}

    def work(number: int) -> None:
        replies[number] = run(jobs[number])

    threads = [Thread(target=work, args=(number,)) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for number, task in enumerate(jobs):
        reply = replies[number]
        assert isinstance(reply, Done)
        assert reply.output is not None
        assert reply.counters == {"lines": 501}
        assert tasks.read(reply.output.path)[-1] == f"suite 0 map {task.id.index} 0"


def test_a_worker_loads_nothing_that_it_does_not_need(tasks: TaskBench, tmp_path: Path) -> None:
    (tmp_path / "task").write_bytes(encode(tasks.mapping("a b", partitions=2)))
    code = (  # an environment may load some things into every interpreter
        "import sys; before = {*sys.modules}; from pathlib import Path; from corral_core.worker import run_task; "
        f"reply = run_task(Path({str(tmp_path / 'task')!r}).read_bytes()); "
        "assert b'done' in reply; print(*sorted({name.partition('.')[0] for name in {*sys.modules} - before}))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"click", "pluggy", "pydantic", "pydantic_settings", "rich", "boto3", "google", "fsspec", "cloudpickle"}
    assert not heavy & set(ran.stdout.split())
