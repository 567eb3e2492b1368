"""One process of AWS's emulator, with a function's Python inside.

::

    Emulation ──HTTP──► emulator ◄──runtime API── python -m awslambdaric HANDLER ──► its output, a file
                        (one invocation at a time)
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import aiohttp

from corral_core.testing.warden import kill_session
from corral_lambda.testing import runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from corral_lambda.testing.functions import Code, Function

__all__ = ["Emulation", "Place"]

_PATIENCE = 20.0
"""Seconds until an emulator must listen, and beyond a function's time-out until it must have answered."""
_OPEN_FILES = 1024
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, November 2026"""
_INIT = re.compile(rb"INIT REPORT\(durationMs: ([\d.]+)\)")


@dataclass(frozen=True)
class Place:
    """What all environments share."""

    emulator: Path
    runtime: Path
    """The folder of :func:`~corral_lambda.testing.runtime.link_runtime`."""
    code: Code
    scratch: Path
    """Where environments have their folders."""
    variables: Mapping[str, str]
    """Credentials, region, and the endpoints of this stack."""
    memory_factor: float
    announce: Callable[[str], None]
    """Tells the warden of a session that begins, ``+ID``, or has ended, ``-ID``."""
    http: aiohttp.ClientSession


class Emulation:
    """Not started yet; :meth:`start` does."""

    def __init__(self, function: Function, place: Place, number: int) -> None:
        self._function = function
        self._place = place
        self._folder = place.scratch / f"environment-{number}"
        (self._folder / "tmp").mkdir(parents=True)
        self._output = _Growing(self._folder / "output")
        self._log = _Growing(self._folder / "emulator.log")
        self._url = ""
        self._process: subprocess.Popen[bytes] | None = None
        self.stream = f"{datetime.now(UTC):%Y/%m/%d}/[{function.version}]{uuid4().hex}"
        """The log stream of this environment."""

    @property
    def pid(self) -> int | None:
        """The emulator's process id; None before the start."""
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Start the emulator; the function's own process starts with the first invocation.

        :raises RuntimeError: when it does not listen; with what it printed.
        """
        for _ in range(5):  # another process may take a port between the look and the use
            ports = _free_ports()
            self._process = self._spawn(ports)
            self._place.announce(f"+{self._process.pid}")
            if await _listens(ports[0], self._process):
                self._url = f"http://127.0.0.1:{ports[0]}/2015-03-31/functions/function/invocations"
                return
            self._end()
        raise RuntimeError(f"AWS's Lambda emulator does not start: {self._log.news().decode(errors='replace')}")

    async def post(self, request: str, payload: bytes) -> tuple[int, bytes]:
        """Hand on an invocation; the emulator's answer, with its status."""
        limit = aiohttp.ClientTimeout(total=self._function.timeout + _PATIENCE)
        headers = {"X-Amzn-RequestId": request, "Content-Type": "application/json"}
        body = io.BytesIO(payload)
        async with self._place.http.post(self._url, data=body, headers=headers, timeout=limit) as answer:
            return answer.status, await answer.read()

    def output(self) -> str:
        """What the function has printed since the last look."""
        return self._output.news().decode(errors="replace")

    def init(self) -> float | None:
        """Seconds that the starts of the function's process took since the last look; None without a start."""
        starts = [float(found) / 1000 for found in _INIT.findall(self._log.news())]
        return sum(starts) if starts else None

    def close(self) -> None:
        """End its processes and remove its folder."""
        self._end()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end(self) -> None:
        if self._process is not None:
            kill_session(self._process.pid)
            self._process.wait()
            self._place.announce(f"-{self._process.pid}")
            self._process = None

    def _spawn(self, ports: tuple[int, int]) -> subprocess.Popen[bytes]:
        # The shell sets Lambda's limit of open files, and joins what the function prints to one file: through the
        # emulator it would come mixed and late.
        shell = ["/bin/sh", "-c", f'ulimit -n {_OPEN_FILES}; exec "$@" >>"$0" 2>&1', str(self._output.path)]
        command = [
            str(self._place.emulator),
            *("--runtime-interface-emulator-address", f"127.0.0.1:{ports[0]}"),
            *("--runtime-api-address", f"127.0.0.1:{ports[1]}"),
            *shell,
            *runtime.command(self._function.handler),
        ]
        with self._log.path.open("ab") as log:
            return subprocess.Popen(  # noqa: S603  (AWS's emulator, checked by its hash)
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._variables(),
                cwd=self._place.code.folder(self._function.code),
                start_new_session=True,
            )

    def _variables(self) -> dict[str, str]:
        function, own = self._function, str(self._folder / "tmp")
        task = str(self._place.code.folder(function.code))
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "HOME": own,
            "TMPDIR": own,  # AWS has a /tmp for each environment, which takes a mount here
            "PYTHONPATH": str(self._place.runtime),
            **(
                {"PYTHONDONTWRITEBYTECODE": "1"} if os.geteuid() == 0 else {}
            ),  # root may write where AWS has no writing
            **dict(function.environment),
            **self._place.variables,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(function.timeout),
            "AWS_LAMBDA_FUNCTION_VERSION": function.version,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": self.stream,
            "LAMBDA_RUNTIME_DIR": str(self._place.runtime),
            "LAMBDA_TASK_ROOT": task,
        }


class _Growing:
    """A file that others write, read as it grows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read = 0
        path.touch()

    def news(self) -> bytes:
        """What has come since the last look."""
        with self.path.open("rb") as stream:
            stream.seek(self._read)
            news = stream.read()
        self._read += len(news)
        return news


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


async def _listens(port: int, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.005)
        else:
            writer.close()
            return True
    return False
