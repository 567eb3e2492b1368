"""One instance of a function: Google's own framework, serving the code that was uploaded.

::

    Instance ──HTTP──► functions-framework (gunicorn) ──► main.py of the code
             (one request at a time)
"""

from __future__ import annotations

import asyncio
import io
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp

from corral_core.testing import memory
from corral_core.testing.warden import kill_session
from corral_gcf.testing import runtime
from corral_gcf.testing.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["Instance", "Place", "Revision", "Run"]

_LOOKS = 0.02
"""Seconds between looks at an instance's memory."""
_PATIENCE = 30.0
"""Seconds until an instance must listen."""
_NOT_PASSED = {"authorization", "connection", "content-length", "host", "transfer-encoding"}
_TEXT = {"Content-Type": "text/plain"}
_TIMED_OUT = Answer(504, b"upstream request timeout", _TEXT)
_BROKEN = Answer(
    503,
    b"The request failed because either the HTTP response was malformed or connection to the instance had an error.",
    _TEXT,
)
"""As Cloud Run answers, November 2026."""


@dataclass(frozen=True)
class Revision:
    """A function as it was deployed once."""

    service: str
    number: int
    code: str
    """SHA-256 of the zip, in hexadecimal."""
    timeout: int
    """Seconds."""
    memory: int
    """Bytes."""
    most: int
    """Instances."""
    environment: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Run:
    """How a request went."""

    answer: Answer
    broken: bool = False


@dataclass(frozen=True)
class Start:
    """How a start went."""

    ready: bool
    said: str = ""
    """What the instance printed, when it is not."""

    @property
    def broken(self) -> bool:
        """Whether the instance is of no use."""
        return not self.ready


@dataclass(frozen=True)
class Place:
    """What all instances share."""

    runtime: Path
    code: Path
    """Holds a folder for each zip."""
    scratch: Path
    variables: Mapping[str, str]
    """What leads to this stack."""
    announce: Callable[[str], None]
    """Tells the warden of a session that begins, ``+ID``, or has ended, ``-ID``."""
    http: aiohttp.ClientSession


class Instance:
    """Started with the first request, and warm from then on."""

    def __init__(self, revision: Revision, place: Place, number: int) -> None:
        self._revision, self._place = revision, place
        self._folder = place.scratch / f"instance-{number}"
        (self._folder / "tmp").mkdir(parents=True)
        self._url = ""
        self._process: subprocess.Popen[bytes] | None = None
        self.log = self._folder / "log"

    async def invoke(self, headers: Mapping[str, str], payload: bytes) -> Run:
        """Run one request to its end."""
        if not (await self.start()).ready:
            return Run(_BROKEN, broken=True)
        watch = asyncio.ensure_future(self._watch())
        passed = {name: value for name, value in headers.items() if name.lower() not in _NOT_PASSED}
        limit = aiohttp.ClientTimeout(total=self._revision.timeout)
        try:
            async with self._place.http.post(
                self._url, data=io.BytesIO(payload), headers=passed, timeout=limit
            ) as answer:
                body = await answer.read()
                return Run(Answer(answer.status, body, {"Content-Type": answer.content_type}))
        except TimeoutError:
            return Run(_TIMED_OUT, broken=True)
        except aiohttp.ClientError:
            return Run(_BROKEN, broken=True)
        finally:
            watch.cancel()

    async def start(self) -> Start:
        """Have it listen, unless it does."""
        if self._url:
            return Start(ready=True)
        for _ in range(3):  # another process may take a port between the look and the use
            port = _free_port()
            self._process = self._spawn(port)
            self._place.announce(f"+{self._process.pid}")
            if await _listens(port, self._process):
                self._url = f"http://127.0.0.1:{port}/"
                return Start(ready=True)
        return Start(ready=False, said=self.log.read_text("utf-8", "replace")[-2000:])

    def close(self) -> None:
        """End its processes and remove its folder."""
        if self._process is not None:
            kill_session(self._process.pid)
            self._process.wait()
            self._place.announce(f"-{self._process.pid}")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _spawn(self, port: int) -> subprocess.Popen[bytes]:
        # A shell above, so that the server's own memory counts as that of a child.
        shell = ["/bin/sh", "-c", '"$@"; exit $?', "sh"]
        with self.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603  (Google's framework, on what a test has uploaded)
                [*shell, *runtime.command(port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._variables(port),
                cwd=self._place.code / self._revision.code,
                start_new_session=True,
            )

    def _variables(self, port: int) -> dict[str, str]:
        revision, own = self._revision, str(self._folder / "tmp")
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": own,
            "TMPDIR": own,
            "PYTHONPATH": str(self._place.runtime),
            "PYTHONDONTWRITEBYTECODE": "1",
            **dict(revision.environment),
            **self._place.variables,
            "CLOUD_RUN_TIMEOUT_SECONDS": str(revision.timeout),
            "FUNCTION_SIGNATURE_TYPE": "http",
            "FUNCTION_TARGET": "main",
            "K_CONFIGURATION": revision.service,
            "K_REVISION": f"{revision.service}-{revision.number:05}",
            "K_SERVICE": revision.service,
            "PORT": str(port),
        }

    async def _watch(self) -> None:
        assert self._process is not None
        while True:
            await asyncio.sleep(_LOOKS)
            leader, limit = self._process.pid, self._revision.memory
            if memory.resident(leader) > limit and memory.proportional(leader) > limit:
                memory.kill_tree(leader)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


async def _listens(port: int, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            return True
    return False
