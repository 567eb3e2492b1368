"""A cloud of this machine: servers and what they work with, started and ended as one."""

from __future__ import annotations

import tempfile
from abc import abstractmethod
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from corral_core.testing.loop import LoopThread
from corral_core.testing.servers import in_environment
from corral_core.testing.warden_process import Warden

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["LocalStack"]


class LocalStack(AbstractContextManager["LocalStack"]):
    """There while the block runs. Nothing is left of it, however this process ends.

    :param name: begins the names of its folder and of its thread.
    """

    env: dict[str, str]
    """What leads the cloud's own tools and the ``corral`` command here, and keeps them away from accounts."""
    folder: Path
    """Where its files lie."""
    loop: LoopThread
    """Runs servers that live in this process."""
    warden: Warden
    """Is told of processes, and ends them when this one has not."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            made = tempfile.TemporaryDirectory(prefix=f"corral-{self._name}-", ignore_cleanup_errors=True)
            self.folder = Path(stack.enter_context(made))
            self.warden = Warden(self.folder)
            stack.callback(self.warden.close)
            self.loop = LoopThread(f"corral-local-{self._name}")
            stack.callback(self.loop.close)
            self.start(stack)
            self._open = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @abstractmethod
    def start(self, stack: ExitStack) -> None:
        """Start the servers, and set :attr:`env`.

        :param stack: takes what ends them.
        """

    def environment(self, **more: str) -> AbstractContextManager[object]:
        """The cloud's tools in this process find the stack while the block runs."""
        return in_environment(self.env | more)
