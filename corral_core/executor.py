"""The Executor contract. An executor is a transport, like an HTTP client's: it takes a task's bytes, runs
``corral_core.worker.run_task`` on them somewhere, and gives the answer's bytes back.

A complete executor plugin is two files. ``corral_threads.py``::

    from concurrent.futures import Future, ThreadPoolExecutor

    from corral_core.errors import ExecutorUnavailable
    from corral_core.executor import Bundle, Capabilities, Executor, SettingsView
    from corral_core.plugins import hookimpl
    from corral_core.worker import run_task

    class ThreadsExecutor(Executor):
        name = "threads"

        def __init__(self) -> None:
            self.capabilities = Capabilities(slots=4, in_process=True)
            self.pool = None

        @classmethod
        def from_settings(cls, settings: SettingsView) -> "ThreadsExecutor":
            return cls()

        def open(self, bundle: Bundle) -> None:
            self.close()
            self.pool = ThreadPoolExecutor(4)  # the driver's own process can load the job already

        def submit(self, payload: bytes) -> Future[bytes]:
            if self.pool is None:
                raise ExecutorUnavailable("the threads executor is not open")
            return self.pool.submit(run_task, payload)

        def close(self) -> None:
            if self.pool is not None:
                self.pool.shutdown(cancel_futures=True)
            self.pool = None

    @hookimpl
    def corral_executors() -> list[type[Executor]]:
        return [ThreadsExecutor]

and ``pyproject.toml`` with ``[project.entry-points.corral]`` and ``threads = "corral_threads"``. The same as a package,
with a setting and a test, is ``examples/plugins/corral-threads``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Future

    from corral_core.diagnosis import Finding
    from corral_core.prices import Charge, PriceTable, Work
    from corral_core.tasks import JobRef

__all__ = ["Bundle", "Capabilities", "Executor", "SettingsView"]

_Model = TypeVar("_Model")


class SettingsView(Protocol):
    """The part of the settings that an executor sees."""

    def section(self, model: type[_Model], /) -> _Model:
        """The validated settings of one model: the core's, or one that a plugin registered."""
        ...


def _nobody(text: str) -> None:
    """Hears a step when nobody watches."""


@dataclass(frozen=True)
class Bundle:
    """A run's code: what :meth:`Executor.open` makes runnable in its place."""

    job: JobRef
    sys_path: tuple[str, ...] = ()
    """Directories of the driver that the job may import from, in order."""
    reads: tuple[str, ...] = ()
    """What the workers read: inputs as the user named them, made whole. A plugin grants no more than it must."""
    location: str = ""
    """The working location, where workers read, write and delete."""
    work: str = ""
    """The run's own folder there, ``LOCATION/_corral/RUN``: for what is too large to travel in a message."""
    step: Callable[[str], None] = field(default=_nobody, compare=False, repr=False)
    """Tells the user what takes time now, ``uploading 10.4 MB to Lambda``, or where to look, ``dashboard: http://...``.
    From the thread of :meth:`Executor.check` and :meth:`Executor.open` only."""
    packages: tuple[str, ...] = ()
    """Distributions that the job needs on workers whatever it declares: pydantic, for a model of parameters."""
    pickle: bytes = field(default=b"", repr=False)
    """The jobs themselves, when no module holds them; workers read them from the run's folder."""
    memprofile: str = ""
    """Where a worker process on this machine should write a memory profile by memray, with ``.`` and its process id
    appended; empty for none. Other executors leave it alone."""


@dataclass(frozen=True)
class Capabilities:
    """What an executor's place can do."""

    remote: bool = False
    """Workers can't see the driver's files."""
    sharing: str = ""
    """The flag by which a user says that they can after all, where that may be."""
    in_process: bool = False
    """Tasks run in the driver's own process, and so see its ``memory://`` files."""
    slots: int | None = None
    """Tasks that run at once; None when there is no fixed number."""
    max_payload: int | None = None
    """Bytes in a task message or its answer."""
    max_task_seconds: float | None = None
    can_cancel: bool = False
    """``Future.cancel`` ends a task that is running already."""
    cpu: float = 1.0
    """The share of a processor that a task has, of which it uses one at most: what ``corral plan`` reckons with."""
    blocking: bool = False
    """:meth:`Executor.submit` runs the task, and answers when it is done."""


class Executor(ABC):
    """Runs task messages somewhere.

    Stay thin: no retry loops, a client's own retries off. Code's failures travel inside the reply. A failure of the
    place settles the future with one of the closed set under :class:`~corral_core.errors.ExecutorError`; the core
    alone decides what is tried again.
    """

    name: ClassVar[str]
    """What ``--executor`` takes."""
    capabilities: Capabilities
    prices: ClassVar[PriceTable | None] = None
    """List prices of what :meth:`charges` names; None: the place bills nothing."""

    @classmethod
    @abstractmethod
    def from_settings(cls, settings: SettingsView) -> Self:
        """Make one; take your own settings with ``settings.section(YourModel)``. Starts and deploys nothing."""

    def check(self, bundle: Bundle) -> None:  # noqa: B027  (optional: most executors find nothing to refuse)
        """Refuse what can't work while nothing has been written: no credentials, an account that lacks something.

        What is known only by asking the place, such as ``capabilities.slots``, may be set here.

        :param bundle: as :meth:`open` will get it, but for the digest of a job that travels as a pickle.
        :raises UsageError: what is wrong, and the way out.
        """

    @abstractmethod
    def open(self, bundle: Bundle) -> None:
        """Make the run's code runnable: start a pool, deploy a function. Before the first :meth:`submit`; to open again
        what is open or was closed is to open it.

        :raises ExecutorUnavailable: when the place can't be reached.
        """

    @abstractmethod
    def submit(self, payload: bytes) -> Future[bytes]:
        """Run one task; answer at once with a future of its reply. Called from one thread. A task that waits for a slot
        can be cancelled, and never runs then.

        :param payload: an encoded task; its bytes mean nothing to an executor.
        """

    @abstractmethod
    def close(self) -> None:
        """End all that :meth:`open` started on this machine; unsettled futures settle with
        :class:`~corral_core.errors.ExecutorUnavailable` or are cancelled. Safe to repeat, and without :meth:`open`."""

    def diagnose(self) -> Iterable[Finding]:
        """What ``corral doctor`` finds of this executor: credentials and their source, permissions, limits. Changes
        nothing, and raises nothing: what goes wrong is a finding."""
        return ()

    def usage(self) -> str:
        """What the run has used of a place that counts and bills, in a line for people; empty for nothing."""
        return ""

    def charges(self, work: Work) -> Iterable[Charge]:  # noqa: ARG002  (most places bill nothing)
        """What the place bills for so much work, by names of :attr:`prices`. Asked before a run, with an estimate, and
        after it, when an executor answers what its place reported, as far as that is known."""
        return ()

    def undeploy(self) -> None:  # noqa: B027  (optional: most executors leave nothing behind)
        """Remove what :meth:`open` left in an account. Safe to repeat, and without :meth:`open`."""
