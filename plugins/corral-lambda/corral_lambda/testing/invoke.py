"""Lambda's Invoke, synchronous: limits, faults, a version's own code, and the answer as Lambda gives it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from uuid import uuid4

import aiohttp

from corral_lambda.testing.answers import Answer, lambda_error
from corral_lambda.testing.functions import Function
from corral_lambda.testing.report import Run, log_of
from corral_lambda.testing.runtime import ARCHITECTURE, RUNTIME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from corral_core.testing.instances import Pool
    from corral_core.testing.invoke_faults import InvokeFault
    from corral_lambda.testing.calls import Call
    from corral_lambda.testing.environment import Environment
    from corral_lambda.testing.logs import Logs
    from corral_lambda.testing.moto import Moto

__all__ = ["MOST_REQUEST", "Invoker"]

MOST_REQUEST = 6 * 2**20
"""Bytes of a payload. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, November 2026.

What a function answers may have 100 bytes more, which the emulator sees to."""
_TAIL = 4 * 2**10
"""Bytes of the log that an answer carries."""
_GATEWAY = {
    "bad_gateway": Answer(502, b"<html><body>502 Bad Gateway</body></html>", {"Content-Type": "text/html"}),
    "unavailable": Answer(503, b"<html><body>503 Service Unavailable</body></html>", {"Content-Type": "text/html"}),
}


class Invoker:
    """Answers invocations."""

    def __init__(self, moto: Moto, pool: Pool[Function, Environment], logs: Logs) -> None:
        self.pool = pool
        self._moto = moto
        self._logs = logs
        self._functions: dict[tuple[str, str], Function] = {}

    def forget(self) -> None:
        """Ask the control plane anew: something may have changed."""
        self._functions.clear()

    async def answer(self, call: Call, headers: Mapping[str, str], payload: bytes, fault: InvokeFault) -> Answer:
        """Run an invocation, or say why not."""
        if fault == "throttle":
            return _throttled()
        if fault == "error":
            return lambda_error(
                500, "ServiceException", "An error occurred and the request cannot be processed.", "Service"
            )
        if fault in _GATEWAY:
            return _GATEWAY[fault]
        if refusal := _refuse(headers, payload):
            return refusal
        function = await self._function(call)
        if isinstance(function, Answer):
            return function
        if (function.runtime, function.architecture) != (RUNTIME, ARCHITECTURE):
            wanted = f"{function.name} wants {function.runtime} on {function.architecture}"
            message = f"This stack runs {RUNTIME} on {ARCHITECTURE}, like itself, and {wanted}."
            return lambda_error(400, "InvalidParameterValueException", message)
        try:
            run = await self.pool.run(function, lambda environment: environment.invoke(str(uuid4()), payload))
        except aiohttp.ClientError as error:  # the emulator has crashed, or the stack ends
            return lambda_error(500, "ServiceException", f"The Lambda emulator: {error}", "Service")
        return _throttled() if run is None else self._reply(function, run, headers)

    async def _function(self, call: Call) -> Function | Answer:
        name, qualifier = call.parameters["FunctionName"], call.parameters.get("Qualifier", "$LATEST")
        known = self._functions.get((name, qualifier))
        if known is None:
            target = f"/2015-03-31/functions/{name}/configuration?Qualifier={qualifier}"
            found = await self._moto.get("lambda", target)
            if not found.ok:
                return found
            known = self._functions[name, qualifier] = Function.from_configuration(json.loads(found.body))
        return known

    def _reply(self, function: Function, run: Run, headers: Mapping[str, str]) -> Answer:
        lines = log_of(run)
        self._logs.add(function.name, run.stream, lines)
        back = {
            "Content-Type": "application/json",
            "x-amzn-RequestId": run.request,
            "X-Amz-Executed-Version": run.version,
        }
        if run.failed:
            back["X-Amz-Function-Error"] = "Unhandled"
        if headers.get("X-Amz-Log-Type") == "Tail":
            tail = "".join(line + "\n" for line in lines).encode()[-_TAIL:]
            back["X-Amz-Log-Result"] = base64.b64encode(tail).decode()
        return Answer(200, run.body, back)


def _refuse(headers: Mapping[str, str], payload: bytes) -> Answer | None:
    if headers.get("X-Amz-Invocation-Type", "RequestResponse") != "RequestResponse":
        return lambda_error(400, "InvalidParameterValueException", "This stack runs only synchronous invocations.")
    if len(payload) > MOST_REQUEST:
        kind = f"the RequestResponse invocation type (limit {MOST_REQUEST} bytes)"
        message = f"{len(payload)} byte payload is too large for {kind}"
        return lambda_error(413, "RequestEntityTooLargeException", message)
    try:
        json.loads(payload or b"{}")
    except ValueError as error:
        return lambda_error(400, "InvalidRequestContentException", f"Could not parse request body into json: {error}")
    return None


def _throttled() -> Answer:
    return lambda_error(429, "TooManyRequestsException", "Rate Exceeded.", Reason="ConcurrentInvocationLimitExceeded")
