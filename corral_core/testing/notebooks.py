"""A real notebook's kernel, for tests of what is run from one. Needs ``ipykernel``."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from queue import Empty
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Cell", "Notebook"]

_PATIENCE = 100.0
"""Seconds that a cell may take."""


@dataclass
class Cell:
    """What a cell has left below itself."""

    printed: str = ""
    """On stdout and stderr."""
    shown: dict[str, str] = field(default_factory=dict)
    """The value of its last line, by MIME type."""
    error: str = ""
    """The name of the exception that ended it."""
    message: str = ""


class Notebook:
    """A kernel of this Python, to be used as a context; cells are run one after another.

    :param folder: the kernel's current directory.
    """

    def __init__(self, folder: Path) -> None:
        from jupyter_client.manager import KernelManager

        self._manager = KernelManager()  # its own kernel is this Python
        self._folder = folder

    def __enter__(self) -> Self:
        self._manager.start_kernel(cwd=str(self._folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._client = self._manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=_PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()

    def run(self, code: str) -> Cell:
        """Run a cell to its end."""
        self.begin(code)
        return self.end()

    def begin(self, code: str) -> None:
        """Start a cell."""
        self._asked = self._client.execute(code)

    def interrupt(self) -> None:
        """What the stop button does."""
        self._manager.interrupt_kernel()

    def end(self) -> Cell:
        """Wait for the cell that was started."""
        cell = Cell()
        while True:
            try:
                message = self._client.get_iopub_msg(timeout=_PATIENCE)
            except Empty:
                raise TimeoutError(f"a cell did not end within {_PATIENCE} s; it printed: {cell.printed}") from None
            if message["parent_header"].get("msg_id") != self._asked:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return cell
            _note(cell, message["msg_type"], message["content"])


def _note(cell: Cell, kind: str, content: dict[str, Any]) -> None:
    if kind == "stream":
        cell.printed += content["text"]
    elif kind == "execute_result":
        cell.shown = content["data"]
    elif kind == "error":
        cell.error, cell.message = content["ename"], content["evalue"]
