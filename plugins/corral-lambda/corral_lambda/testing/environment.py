"""One execution environment: an emulation of one version of a function, watched while it works."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from corral_core.testing import memory
from corral_lambda.testing.emulation import Emulation
from corral_lambda.testing.report import TIMED_OUT, Run

if TYPE_CHECKING:
    from corral_lambda.testing.emulation import Place
    from corral_lambda.testing.functions import Function

__all__ = ["Environment"]

_LOOKS = 0.02
"""Seconds between looks at a function's memory."""
_EXCEPTION = {"errorMessage", "errorType", "requestId", "stackTrace"}
"""What the runtime's client makes of an exception. The emulator marks it by no header, as Lambda would."""


class Environment:
    """Started with the first invocation, and warm from then on."""

    def __init__(self, function: Function, place: Place, number: int) -> None:
        self.function = function
        self._emulation = Emulation(function, place, number)
        self._limit = function.memory * 2**20 * place.memory_factor
        self._peak = 0
        self._killed = False

    async def invoke(self, request: str, payload: bytes) -> Run:
        """Run one invocation to its end."""
        if self._emulation.pid is None:
            await self._emulation.start()
        began = time.monotonic()
        watch = asyncio.ensure_future(self._watch())
        try:
            status, body = await self._emulation.post(request, payload)
        finally:
            watch.cancel()
        self._look()
        return self._judge(request, status, body, time.monotonic() - began)

    def close(self) -> None:
        """End its processes and remove its folder."""
        self._emulation.close()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOKS)
            self._look()

    def _look(self) -> None:
        emulator = self._emulation.pid
        if emulator is None:  # closed meanwhile
            return
        now = memory.resident(emulator)
        self._peak = max(self._peak, now, memory.peak(emulator))
        if now > self._limit:
            self._killed = True
            memory.kill_tree(emulator)

    def _judge(self, request: str, status: int, body: bytes, seconds: float) -> Run:
        init = self._emulation.init()
        failed, error, message = False, "", ""
        if body.startswith(b"Task timed out after "):
            seconds = self.function.timeout + (init or 0)
            error, message = TIMED_OUT, f"RequestId: {request} Error: {body.decode()}"
            body = json.dumps({"errorType": error, "errorMessage": message}).encode()
        elif status != HTTPStatus.OK:
            said = json.loads(body)
            error, message = said["errorType"], said["errorMessage"]
        else:
            failed = _is_exception(body)
        return Run(
            request=request,
            version=self.function.version,
            stream=self._emulation.stream,
            body=body,
            output=self._emulation.output(),
            seconds=max(seconds - (init or 0), 0.0),
            init=init,
            memory=self.function.memory,
            peak=self.function.memory if self._killed else -(-self._peak // 2**20),
            failed=failed or bool(error),
            error=error,
            message=message,
        )


def _is_exception(body: bytes) -> bool:
    if not body.startswith(b'{"errorMessage"'):
        return False
    with contextlib.suppress(ValueError):
        return set(json.loads(body)) == _EXCEPTION
    return False
