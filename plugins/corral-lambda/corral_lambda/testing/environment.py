"""One execution environment: AWS's emulator with a Python process inside, for one version of a function.

::

    Environment ──HTTP──► emulator ◄──runtime API── python -m awslambdaric HANDLER ──► its output, a file
                          (one invocation at a time)
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
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

from corral_core.testing import memory
from corral_core.testing.warden import kill_session
from corral_lambda.testing import runtime
from corral_lambda.testing.report import TIMED_OUT, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import aiohttp

    from corral_lambda.testing.functions import Code, Function

__all__ = ["Environment", "Place"]

_LOOKS = 0.02
"""Seconds between looks at a function's memory."""
_PATIENCE = 20.0
"""Seconds until an emulator must listen, and beyond a function's time-out until it must have answered."""
_OPEN_FILES = 1024
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, November 2026"""
_INIT = re.compile(rb"INIT REPORT\(durationMs: ([\d.]+)\)")
_EXCEPTION = {"errorMessage", "errorType", "requestId", "stackTrace"}
"""What the runtime's client makes of an exception. The emulator marks it by no header, as Lambda would."""


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


class Environment:
    """Started with the first invocation, and warm from then on."""

    def __init__(self, function: Function, place: Place, number: int) -> None:
        self.function = function
        self._place = place
        self._folder = place.scratch / f"environment-{number}"
        (self._folder / "tmp").mkdir(parents=True)
        self._output = self._folder / "output"
        self._log = self._folder / "emulator.log"
        self._stream = f"{datetime.now(UTC):%Y/%m/%d}/[{function.version}]{uuid4().hex}"
        self._read = [0, 0]
        self._peak = 0
        self._killed = False
        self._url = ""
        self._emulator: subprocess.Popen[bytes] | None = None

    async def invoke(self, request: str, payload: bytes) -> Run:
        """Run one invocation to its end."""
        if self._emulator is None:
            await self._start()
        began = time.monotonic()
        watch = asyncio.ensure_future(self._watch())
        try:
            status, body = await self._post(request, payload)
        finally:
            watch.cancel()
        self._look()
        return self._judge(request, status, body, time.monotonic() - began)

    def close(self) -> None:
        """End its processes and remove its folder."""
        if self._emulator is not None:
            kill_session(self._emulator.pid)
            self._emulator.wait()
            self._place.announce(f"-{self._emulator.pid}")
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _start(self) -> None:
        self._output.touch()
        for _ in range(5):  # another process may take a port between the look and the use
            ports = _free_ports()
            self._emulator = self._spawn(ports)
            self._place.announce(f"+{self._emulator.pid}")
            if await _listens(ports[0], self._emulator):
                self._url = f"http://127.0.0.1:{ports[0]}/2015-03-31/functions/function/invocations"
                return
        raise RuntimeError(f"AWS's Lambda emulator does not start: {self._log.read_text('utf-8', 'replace')}")

    def _spawn(self, ports: tuple[int, int]) -> subprocess.Popen[bytes]:
        # The shell sets Lambda's limit of open files, and joins what the function prints to one file: through the
        # emulator it would come mixed and late.
        shell = ["/bin/sh", "-c", f'ulimit -n {_OPEN_FILES}; exec "$@" >>"$0" 2>&1', str(self._output)]
        command = [
            str(self._place.emulator),
            *("--runtime-interface-emulator-address", f"127.0.0.1:{ports[0]}"),
            *("--runtime-api-address", f"127.0.0.1:{ports[1]}"),
            *shell,
            *runtime.command(self.function.handler),
        ]
        with self._log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603  (AWS's emulator, checked by its hash)
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._variables(),
                cwd=self._place.code.folder(self.function.code),
                start_new_session=True,
            )

    def _variables(self) -> dict[str, str]:
        function, own = self.function, str(self._folder / "tmp")
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
            "AWS_LAMBDA_LOG_STREAM_NAME": self._stream,
            "LAMBDA_RUNTIME_DIR": str(self._place.runtime),
            "LAMBDA_TASK_ROOT": task,
        }

    async def _post(self, request: str, payload: bytes) -> tuple[int, bytes]:
        import aiohttp

        limit = aiohttp.ClientTimeout(total=self.function.timeout + _PATIENCE)
        headers = {"X-Amzn-RequestId": request, "Content-Type": "application/json"}
        async with self._place.http.post(self._url, data=io.BytesIO(payload), headers=headers, timeout=limit) as answer:
            return answer.status, await answer.read()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOKS)
            self._look()

    def _look(self) -> None:
        assert self._emulator is not None
        limit = self.function.memory * 2**20 * self._place.memory_factor
        now = memory.resident(self._emulator.pid)
        self._peak = max(self._peak, now, memory.peak(self._emulator.pid))
        if now > limit:
            self._killed = True
            memory.kill_tree(self._emulator.pid)

    def _judge(self, request: str, status: int, body: bytes, seconds: float) -> Run:
        starts = [float(found) / 1000 for found in _INIT.findall(self._news(0, self._log))]
        init = sum(starts) if starts else None
        failed, error, message = False, "", ""
        if body.startswith(b"Task timed out after "):
            seconds = self.function.timeout + (init or 0)
            error, message = TIMED_OUT, f"RequestId: {request} Error: {body.decode()}"
            body = json.dumps({"errorType": error, "errorMessage": message}).encode()
        elif status != 200:
            said = json.loads(body)
            error, message = said["errorType"], said["errorMessage"]
        else:
            failed = _is_exception(body)
        return Run(
            request=request,
            version=self.function.version,
            stream=self._stream,
            body=body,
            output=self._news(1, self._output).decode(errors="replace"),
            seconds=max(seconds - (init or 0), 0.0),
            init=init,
            memory=self.function.memory,
            peak=self.function.memory if self._killed else -(-self._peak // 2**20),
            failed=failed or bool(error),
            error=error,
            message=message,
        )

    def _news(self, which: int, file: Path) -> bytes:
        """What has come to a file since the last look."""
        with file.open("rb") as stream:
            stream.seek(self._read[which])
            news = stream.read()
        self._read[which] += len(news)
        return news


def _is_exception(body: bytes) -> bool:
    if not body.startswith(b'{"errorMessage"'):
        return False
    with contextlib.suppress(ValueError):
        return set(json.loads(body)) == _EXCEPTION
    return False


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
