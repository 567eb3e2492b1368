"""The agent in a Dask worker, driven without one."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from corral_core.serving.interpreter import driver_interpreter, search_path
from corral_core.serving.wire import REPLY
from corral_core.tasks import Done, decode_reply, encode
from corral_core.testing.jobs import TaskBench
from corral_dask import agent as agents
from corral_dask.agent import Agent
from corral_dask.kit import Kit
from corral_dask.process import TaskProcess

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def test_a_process_whose_task_is_cancelled_just_after_its_answer_gets_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = TaskBench(tmp_path / "job", str(tmp_path / "data"))
    bundle = bench.bundle()
    worker: Any = SimpleNamespace(
        address="tcp://a:1",
        local_directory=str(tmp_path),
        memory_manager=SimpleNamespace(memory_limit=None),
        state=SimpleNamespace(nthreads=1),
    )
    agent = Agent(Kit("run", bundle.work, driver_interpreter(), search_path(bundle.sys_path), log=False))

    class CancelledTooLate(TaskProcess):
        def ask(self, message: bytes) -> bytes | None:
            answer = super().ask(message)
            agent.transition("first", "executing", "released")
            return answer

    monkeypatch.setattr(agents, "TaskProcess", CancelledTooLate)

    async def run() -> list[bytes]:
        await agent.setup(worker)
        try:
            return [
                await asyncio.to_thread(agent.run, key, encode(bench.acting(f"echo {key}")))
                for key in ("first", "second")
            ]
        finally:
            await agent.teardown(worker)

    answers = asyncio.run(run())
    assert [answer[:1] for answer in answers] == [REPLY, REPLY], answers
    assert all(isinstance(decode_reply(answer[1:]), Done) for answer in answers)
