"""What goes wrong: the user's failures travel in the reply, the place's are one of a closed set of errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import pytest

from corral_core.errors import (
    ExecutorError,
    ExecutorUnavailable,
    MessageError,
    OutOfMemory,
    TaskTimeout,
    Throttled,
    WorkerLost,
)
from corral_core.tasks import Failed, encode
from corral_core.testing.executors.base import ExecutorBase

if TYPE_CHECKING:
    from concurrent.futures import Future

    from corral_core.executor import Executor
    from corral_core.testing.jobs import TaskBench

__all__ = ["Failures"]


class Failures(ExecutorBase):
    """How tasks end that don't end well. The first four fixtures are for a plugin to override: nobody else knows how to
    make its place fail in these ways."""

    @pytest.fixture
    def throttled(self) -> Future[bytes]:
        """The future of a task that the place refuses because it wants fewer calls."""
        _untold("throttled")

    @pytest.fixture
    def timed_out(self) -> Future[bytes]:
        """The future of a task that the place ends because it takes too long."""
        _untold("timed_out")

    @pytest.fixture
    def out_of_memory(self) -> Future[bytes]:
        """The future of a task that needs more memory than the place has."""
        _untold("out_of_memory")

    @pytest.fixture
    def unreachable(self) -> Executor:
        """An executor, not open, whose place can't be reached."""
        _untold("unreachable")

    def test_a_task_that_raises_is_a_reply(self, executor: Executor, bench: TaskBench) -> None:
        """An exception in the job's code comes back within the reply, with its traceback and its place in the input."""
        reply = self.result(executor.submit(encode(bench.acting("echo fine", "fail on purpose"))))
        assert isinstance(reply, Failed), f"the task failed, and its reply is {reply}"
        assert (reply.kind, reply.error, reply.message) == ("user", "ValueError", "on purpose")
        assert "sample_job.py" in reply.traceback
        assert reply.offset == len("echo fine\n")
        self.still_works(executor, bench)

    def test_a_task_that_raises_is_not_tried_again(self, executor: Executor, bench: TaskBench) -> None:
        """The core alone decides what is tried again."""
        tally = bench.tally()
        self.result(executor.submit(encode(bench.acting(tally.line, "fail on purpose"))))
        executor.close()
        assert tally.count() == 1, f"it ran {tally.count()} times"

    def test_a_payload_that_is_no_task_is_a_message_error(self, executor: Executor, bench: TaskBench) -> None:
        """What ``run_task`` raises settles the future: MessageError for bytes that are no task."""
        future = executor.submit(b"\0garbage")
        with pytest.raises(MessageError):
            future.result(self.patience)
        self.still_works(executor, bench)

    def test_a_payload_that_is_too_large_is_refused(self, executor: Executor, bench: TaskBench) -> None:
        """A message of more than ``max_payload`` ends with an error that says the number, and harms no other task."""
        limit = executor.capabilities.max_payload
        if limit is None:
            pytest.skip("messages may be of any size (capabilities.max_payload)")
        payload = encode(bench.acting("echo big", padding=limit + 1))
        with pytest.raises((ExecutorError, MessageError), match=r"\d"):
            executor.submit(payload).result(self.patience)
        self.still_works(executor, bench)

    @pytest.mark.parametrize("death", ["exit 0", "exit 3", "kill"])
    def test_a_worker_that_dies_costs_one_task(self, executor: Executor, bench: TaskBench, death: str) -> None:
        """The task of a worker that dies ends with WorkerLost; those before, beside and after it are answered."""
        self.skip_in_process(executor)
        before = [executor.submit(encode(bench.acting("echo before"))) for _ in range(4)]
        lost = executor.submit(encode(bench.acting(death)))
        after = [executor.submit(encode(bench.acting("echo after"))) for _ in range(4)]
        with pytest.raises(WorkerLost):
            lost.result(self.patience)
        assert [self.lines(bench, self.result(future)) for future in before] == [["before"]] * 4
        assert [self.lines(bench, self.result(future)) for future in after] == [["after"]] * 4

    def test_a_lost_task_is_not_tried_again(self, executor: Executor, bench: TaskBench) -> None:
        """A task whose worker died is the core's to try again."""
        self.skip_in_process(executor)
        tally = bench.tally()
        lost = executor.submit(encode(bench.acting(tally.line, "kill")))
        with pytest.raises(WorkerLost):
            lost.result(self.patience)
        executor.close()
        assert tally.count() == 1, f"it ran {tally.count()} times"

    def test_workers_may_die_many_times(self, executor: Executor, bench: TaskBench) -> None:
        """Eight deaths in a row leave an executor that works."""
        self.skip_in_process(executor)
        for _ in range(8):
            lost = executor.submit(encode(bench.acting("kill")))
            with pytest.raises(WorkerLost):
                lost.result(self.patience)
        self.still_works(executor, bench)

    def test_a_place_that_wants_fewer_calls_is_throttled(self, throttled: Future[bytes]) -> None:
        """A call that the place refuses for now ends with Throttled."""
        _ends_with(throttled, Throttled, self.patience)

    def test_a_task_that_takes_too_long_is_a_task_timeout(self, timed_out: Future[bytes]) -> None:
        """A task that the place ends for its time ends with TaskTimeout."""
        _ends_with(timed_out, TaskTimeout, self.patience)

    def test_a_task_that_needs_too_much_is_out_of_memory(self, out_of_memory: Future[bytes]) -> None:
        """A task that the place ends for its memory ends with OutOfMemory."""
        _ends_with(out_of_memory, OutOfMemory, self.patience)

    def test_a_place_that_is_out_of_reach_is_unavailable(self, unreachable: Executor, bench: TaskBench) -> None:
        """``open`` raises ExecutorUnavailable when the place can't be reached."""
        with pytest.raises(ExecutorUnavailable):
            unreachable.open(bench.bundle())


def _untold(fixture: str) -> NoReturn:
    pytest.skip(f"nobody has told the suite how to make this place fail so: override the fixture {fixture}")


def _ends_with(future: Future[bytes], error: type[ExecutorError], patience: float) -> None:
    found = future.exception(patience)
    assert type(found) is error, f"it ends with {found!r}, and {error.__name__} is what it is"
    assert str(found), f"the {error.__name__} does not say what happened"
