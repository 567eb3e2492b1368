"""Executors with one defect each: the sound example, ``examples/plugins/corral-threads``, but for the defect.

Of every one ``fails`` names the tests of the suite that must find it, and no other test may fail. With ``hangs`` only
these are run, and have little patience.
"""

from __future__ import annotations

import atexit
import socket
import subprocess
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from corral_core.errors import ExecutorUnavailable, MessageError, Throttled
from corral_core.executor import Capabilities
from corral_core.prices import Charge
from corral_core.tasks import Done as Good
from corral_core.tasks import Failed, Stats, decode_reply, decode_task, encode
from corral_core.testing.executors import ExecutorSuite
from corral_core.worker import run_task
from corral_threads import ThreadsExecutor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_core.executor import Bundle
    from corral_core.prices import Work

LIMIT = 200_000
KEPT: list[Any] = []
"""What leaks."""


class Broken(ThreadsExecutor):
    """Sound, until a method is overridden."""

    fails: ClassVar[set[str]] = set()
    hangs: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__(4)

    def work(self, payload: bytes) -> bytes:
        return run_task(payload)

    def submit(self, payload: bytes) -> Future[bytes]:
        if self._pool is None:
            raise ExecutorUnavailable("not open")
        return self._pool.submit(self.work, payload)


class Sound(Broken):
    """Fails in nothing."""


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


# Replies


class LosesAReply(Broken):
    fails: ClassVar = {"hundreds_of_tasks_are_all_answered"}
    hangs: ClassVar = True

    def open(self, bundle: Bundle) -> None:
        super().open(bundle)
        self._submitted = 0

    def submit(self, payload: bytes) -> Future[bytes]:
        future = super().submit(payload)
        self._submitted += 1
        return Future() if self._submitted == 100 else future


class SwapsTwoReplies(Broken):
    fails: ClassVar = {"each_reply_belongs_to_its_task", "hundreds_of_tasks_are_all_answered"}

    def open(self, bundle: Bundle) -> None:
        super().open(bundle)
        self._waiting: Future[bytes] = Future()
        self._submitted = 0

    def submit(self, payload: bytes) -> Future[bytes]:
        future = super().submit(payload)
        self._submitted += 1
        if self._submitted == 29:
            self._real = future
            return self._waiting
        if self._submitted == 30:
            future.add_done_callback(lambda done: self._waiting.set_result(done.result()))
            return self._real
        return future


class RunsATaskTwice(Broken):
    fails: ClassVar = {
        "another_attempt_is_another_task",
        "each_task_runs_once",
        "a_task_that_raises_is_not_tried_again",
    }

    def work(self, payload: bytes) -> bytes:
        run_task(payload)
        return run_task(payload)


class AnswersForTheWrongAttempt(Broken):
    fails: ClassVar = {"another_attempt_is_another_task"}

    def open(self, bundle: Bundle) -> None:
        super().open(bundle)
        self._known: dict[int, bytes] = {}

    def work(self, payload: bytes) -> bytes:
        number = decode_task(payload).id.index
        if number not in self._known:
            self._known[number] = run_task(payload)
        return self._known[number]


class SharesAState(Broken):
    """The payload is kept where the next one overwrites it before a thread has read it."""

    fails: ClassVar = {"each_reply_belongs_to_its_task", "each_task_runs_once", "hundreds_of_tasks_are_all_answered"}
    hangs: ClassVar = True

    def submit(self, payload: bytes) -> Future[bytes]:
        self._payload = payload
        return super().submit(payload)

    def work(self, payload: bytes) -> bytes:
        time.sleep(0)
        return run_task(self._payload)


class LosesCounters(Broken):
    fails: ClassVar = {"counters_and_statistics_come_back", "a_long_answer_arrives_whole"}

    def work(self, payload: bytes) -> bytes:
        reply = decode_reply(run_task(payload))
        return encode(msgspec.structs.replace(reply, counters={}) if isinstance(reply, Good) else reply)


class TruncatesLargePayloads(Broken):
    fails: ClassVar = {"a_long_message_arrives_whole"}

    def work(self, payload: bytes) -> bytes:
        return super().work(payload[:LIMIT])


class TruncatesLargeReplies(Broken):
    fails: ClassVar = {"a_long_answer_arrives_whole"}

    def work(self, payload: bytes) -> bytes:
        return super().work(payload)[:LIMIT]


# Failures


class EatsUserErrors(Broken):
    fails: ClassVar = {"a_task_that_raises_is_a_reply"}

    def work(self, payload: bytes) -> bytes:
        reply = decode_reply(run_task(payload))
        return encode(Good(reply.id, Stats(), {}) if isinstance(reply, Failed) else reply)


class RaisesUserErrors(Broken):
    fails: ClassVar = {"a_task_that_raises_is_a_reply", "a_task_that_raises_is_not_tried_again"}

    def work(self, payload: bytes) -> bytes:
        reply = decode_reply(run_task(payload))
        if not isinstance(reply, Failed):
            return encode(reply)
        raise RuntimeError(reply.message)


class RetriesUserErrors(Broken):
    fails: ClassVar = {"a_task_that_raises_is_not_tried_again"}

    def work(self, payload: bytes) -> bytes:
        reply = run_task(payload)
        return run_task(payload) if isinstance(decode_reply(reply), Failed) else reply


class SettlesWithAForeignException(Broken):
    fails: ClassVar = {"a_payload_that_is_no_task_is_a_message_error"}

    def work(self, payload: bytes) -> bytes:
        try:
            return run_task(payload)
        except MessageError as error:
            raise ValueError(*error.args) from error


class RaisesFromSubmit(Broken):
    fails: ClassVar = {"a_payload_that_is_no_task_is_a_message_error"}

    def submit(self, payload: bytes) -> Future[bytes]:
        decode_task(payload)
        return super().submit(payload)


class RaisesWhenBusy(Broken):
    fails: ClassVar = {"hundreds_of_tasks_are_all_answered"}

    _taken = 0

    def submit(self, payload: bytes) -> Future[bytes]:
        self._taken += 1
        if self._taken > 100:
            raise Throttled("too many tasks")
        return super().submit(payload)


class IgnoresItsPayloadLimit(Broken):
    fails: ClassVar = {"a_payload_that_is_too_large_is_refused"}

    def __init__(self) -> None:
        super().__init__()
        self.capabilities = Capabilities(slots=4, in_process=True, max_payload=LIMIT)


class DiesWithOneWorker(Broken):
    """What ``concurrent.futures`` does: all tasks of the pool are lost with one worker, and the pool with them."""

    fails: ClassVar = {
        "a_worker_that_dies_costs_one_task",
        "a_lost_task_is_not_tried_again",
        "workers_may_die_many_times",
        "close_settles_what_runs_and_what_waits",
    }
    hangs: ClassVar = True

    def __init__(self) -> None:
        super().__init__()
        self.capabilities = Capabilities(slots=2)

    def open(self, bundle: Bundle) -> None:
        self.close()
        self._pool = ProcessPoolExecutor(2)  # type: ignore[assignment]  # another pool with the same methods

    def submit(self, payload: bytes) -> Future[bytes]:
        if self._pool is None:
            raise ExecutorUnavailable("not open")
        return self._pool.submit(run_task, payload)


# Load


class SwallowsCancel(Broken):
    fails: ClassVar = {"a_waiting_task_that_is_cancelled_never_runs"}

    def submit(self, payload: bytes) -> Future[bytes]:
        outer: Future[bytes] = Future()

        def pass_on(inner: Future[bytes]) -> None:
            if inner.cancelled():
                outer.cancel()
                outer.set_running_or_notify_cancel()
            elif outer.set_running_or_notify_cancel():
                error = inner.exception()
                outer.set_exception(error) if error else outer.set_result(inner.result())

        super().submit(payload).add_done_callback(pass_on)
        return outer


class ClaimsToCancel(Broken):
    fails: ClassVar = {"cancel_ends_a_running_task"}

    def __init__(self) -> None:
        super().__init__()
        self.capabilities = Capabilities(slots=4, in_process=True, can_cancel=True)


class BlocksInSubmit(Broken):
    fails: ClassVar = {
        "submit_does_not_wait_for_the_task",
        "as_many_tasks_run_at_once_as_it_has_slots",
        "a_waiting_task_that_is_cancelled_never_runs",
        "a_cancelled_task_costs_no_other",
        "close_settles_what_runs_and_what_waits",
    }
    hangs: ClassVar = True

    def submit(self, payload: bytes) -> Future[bytes]:
        future = super().submit(payload)
        future.exception()
        return future


class HasFewerSlotsThanItClaims(Broken):
    fails: ClassVar = {"as_many_tasks_run_at_once_as_it_has_slots", "a_waiting_task_that_is_cancelled_never_runs"}
    hangs: ClassVar = True

    def open(self, bundle: Bundle) -> None:
        self.close()
        self._pool = ThreadPoolExecutor(1)


class HangsInClose(Broken):
    fails: ClassVar = {"close_settles_what_runs_and_what_waits"}
    hangs: ClassVar = True

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=False)
        self._pool = None


class LeavesFuturesOpen(SwallowsCancel):
    fails: ClassVar = {"close_settles_what_runs_and_what_waits"}
    hangs: ClassVar = True

    def submit(self, payload: bytes) -> Future[bytes]:
        outer: Future[bytes] = Future()

        def pass_on(inner: Future[bytes]) -> None:
            if not inner.cancelled() and outer.set_running_or_notify_cancel():
                error = inner.exception()
                outer.set_exception(error) if error else outer.set_result(inner.result())

        Broken.submit(self, payload).add_done_callback(pass_on)
        return outer


# Life cycle


class AcceptsBeforeOpen(Broken):
    fails: ClassVar = {"submit_before_open_is_refused"}

    def __init__(self) -> None:
        super().__init__()
        self._pool = ThreadPoolExecutor(4)


class AcceptsAfterClose(Broken):
    fails: ClassVar = {"submit_after_close_is_refused"}
    _closed = False

    def close(self) -> None:
        self._closed = self._pool is not None
        super().close()

    def submit(self, payload: bytes) -> Future[bytes]:
        if self._closed:
            self._pool = ThreadPoolExecutor(4)
        return super().submit(payload)


class ClosesOnce(Broken):
    fails: ClassVar = {"close_may_be_repeated"}
    _times = 0

    def open(self, bundle: Bundle) -> None:
        self._times = -1
        super().open(bundle)

    def close(self) -> None:
        super().close()
        self._times += 1
        if self._times > 1:
            raise RuntimeError("closed already")


class OpensOnce(Broken):
    fails: ClassVar = {"open_may_be_repeated", "opening_twice_leaves_no_thread"}

    def open(self, bundle: Bundle) -> None:
        if self._pool is not None:
            raise RuntimeError("open already")
        super().open(bundle)


class ForgetsItsFirstPool(Broken):
    fails: ClassVar = {"opening_twice_leaves_no_thread"}

    def open(self, bundle: Bundle) -> None:
        KEPT.append(self._pool)
        self._pool = None
        super().open(bundle)


class WorksOnce(Broken):
    fails: ClassVar = {
        "it_can_be_opened_again_after_close",
        "it_works_after_undeploy",
        "close_leaves_no_thread",
        "close_leaves_no_process",
        "close_leaves_no_socket_and_no_file",
        "opening_twice_leaves_no_thread",
    }
    _opened = False

    def open(self, bundle: Bundle) -> None:
        if self._pool is None and self._opened:
            raise RuntimeError("it was closed")
        self._opened = True
        super().open(bundle)


class UndeploysOnce(Broken):
    fails: ClassVar = {"undeploy_may_be_repeated_and_needs_no_open"}
    _gone = False

    def undeploy(self) -> None:
        if self._gone:
            raise KeyError("nothing is deployed")
        self._gone = True


# Leaks


class LeaksAThread(Broken):
    fails: ClassVar = {"close_leaves_no_thread", "opening_twice_leaves_no_thread"}

    def open(self, bundle: Bundle) -> None:
        super().open(bundle)
        threading.Thread(target=threading.Event().wait, daemon=True).start()


class LeaksAProcess(Broken):
    fails: ClassVar = {"close_leaves_no_process"}

    def open(self, bundle: Bundle) -> None:
        super().open(bundle)
        process = subprocess.Popen(["sleep", "60"])  # noqa: S607  (any system's own)
        atexit.register(_end, process)


class LeaksASocket(Broken):
    fails: ClassVar = {"close_leaves_no_socket_and_no_file"}

    def open(self, bundle: Bundle) -> None:
        super().open(bundle)
        KEPT.append(socket.socketpair())


# What it says


class HasNoName(Broken):
    fails: ClassVar = {"it_says_what_it_is"}
    name: ClassVar = ""


class SaysThatItRunsElsewhere(Broken):
    fails: ClassVar = {"tasks_run_where_it_says", "close_settles_what_runs_and_what_waits"}
    hangs: ClassVar = True  # in the others a worker must die, and it would be this process

    def __init__(self) -> None:
        super().__init__()
        self.capabilities = Capabilities(slots=4)


class DiagnosesWithoutFindings(Broken):
    fails: ClassVar = {"what_it_says_of_itself_is_for_people"}

    def diagnose(self) -> Any:
        return ["all is well"]


class ChargesWhatHasNoPrice(Broken):
    fails: ClassVar = {"what_it_charges_has_a_price"}

    def charges(self, work: Work) -> list[Charge]:
        return [Charge("broken.second", work.seconds)]


def _all(kind: type[Broken]) -> Iterator[type[Broken]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _all(child)


def _suite(broken: type[Broken]) -> type[ExecutorSuite]:
    def make_executor(_: ExecutorSuite) -> Broken:
        return broken()

    patience = {"patience": 2.0} if broken.hangs else {}
    return type(f"Test{broken.__name__}", (ExecutorSuite,), {"make_executor": make_executor, "grace": 0.5, **patience})


BROKEN = [broken for broken in _all(Broken) if broken is not Broken]
globals().update({f"Test{broken.__name__}": _suite(broken) for broken in BROKEN})
