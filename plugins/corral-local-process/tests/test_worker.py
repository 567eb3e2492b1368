"""What a task finds around it in a worker process."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING

from corral_core.tasks import Failed, decode_reply, encode
from corral_local_process.executor import LocalProcessExecutor

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from corral_core.testing.jobs import TaskBench

    Answer = Callable[[LocalProcessExecutor, str], str]

PATIENCE = 60.0
NOT_IN_A_WORKER = {
    "boto3",
    "click",
    "concurrent",
    "fsspec",
    "google",
    "logging",
    "memray",
    "pluggy",
    "pydantic",
    "rich",
    "yaml",
}


def test_a_print_goes_to_the_drivers_stderr(
    capfd: pytest.CaptureFixture[str], bench: TaskBench, answer: Answer
) -> None:
    """At once when its task is done, so that a later death of the worker can't lose it."""
    with contextlib.closing(LocalProcessExecutor(1)) as executor:  # no fixture: pytest captures the test's body only
        executor.open(bench.bundle())
        answer(executor, "print hello from a mapper")
    assert capfd.readouterr() == ("", "hello from a mapper\n")


def test_stdin_is_empty(executor: LocalProcessExecutor, answer: Answer) -> None:
    assert answer(executor, "stdin") == "''"


def test_a_breakpoint_says_where_it_works(executor: LocalProcessExecutor, bench: TaskBench) -> None:
    reply = decode_reply(executor.submit(encode(bench.acting("stop"))).result(PATIENCE))
    assert isinstance(reply, Failed)
    assert "--executor inline" in reply.message


def test_a_worker_imports_nothing_of_the_drivers(executor: LocalProcessExecutor, answer: Answer) -> None:
    bare = subprocess.run(
        [sys.executable, "-c", "import sys; print(*{name.partition('.')[0] for name in sys.modules})"],
        capture_output=True,
        text=True,
        check=True,
    )  # an environment may load some things into every interpreter
    assert NOT_IN_A_WORKER.intersection(answer(executor, "modules").split()) <= set(bare.stdout.split())
