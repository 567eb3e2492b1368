"""The calls that came to the stack, for tests to ask about."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Call", "identify"]

_SCOPE = re.compile(r"Credential=([^/]*)/\d+/([^/]+)/([^/]+)/aws4_request")
_PLACEHOLDER = re.compile(r"\\\{(\w+)\\\}")


@dataclass
class Call:
    """One call of a service's API, in the API's own words."""

    service: str
    """As the SDK names it: ``lambda``, ``iam``, ``sts``, ``logs``."""
    operation: str
    """Such as ``CreateFunction``."""
    parameters: dict[str, Any] = field(default_factory=dict)
    """What it was given. The payload of an invocation is not here, and of a function's code only its length is."""
    status: int = 0
    """Of the answer; 0 while there is none, and when the connection was cut."""
    fault: str = ""
    """What was done to it on purpose; empty when nothing was."""

    @property
    def changes(self) -> bool:
        """Whether it may have changed an account: all but reading and invoking."""
        return not self.operation.startswith(("Get", "List", "Describe", "Filter", "Invoke", "Simulate"))


def identify(method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Call:
    """Which call a request is: the signature says the service, and the service's protocol the rest."""
    scope = _SCOPE.search(headers.get("Authorization", ""))
    service = scope[3] if scope else ""
    if target := headers.get("X-Amz-Target"):
        return Call(service, target.rpartition(".")[2], json.loads(body or b"{}"))
    if service == "lambda":
        return _rest_call(service, method, path, query, body)
    form = dict(parse_qsl(body.decode("latin-1")))
    return Call(service, form.pop("Action", f"{method} {path}"), form)


def _rest_call(service: str, method: str, path: str, query: str, body: bytes) -> Call:
    for name, wanted, pattern in _routes(service):
        if method == wanted and (found := pattern.fullmatch(path)):
            parameters: dict[str, Any] = {key: unquote(value) for key, value in found.groupdict().items()}
            parameters |= dict(parse_qsl(query))
            if name != "Invoke":
                parameters |= _sizes(json.loads(body or b"{}"))
            return Call(service, name, _plainly_named(parameters))
    return Call(service, f"{method} {path}")


def _plainly_named(parameters: dict[str, Any]) -> dict[str, Any]:
    """A function may be named by its ARN, and with its version behind a colon."""
    name, _, qualifier = re.sub("^arn:aws:lambda:.*?:function:", "", parameters.get("FunctionName", "")).partition(":")
    if name:
        parameters["FunctionName"] = name
    if qualifier:
        parameters.setdefault("Qualifier", qualifier)
    return parameters


def _sizes(parameters: dict[str, Any]) -> dict[str, Any]:
    """Code is not worth keeping, only how much it was."""
    code = parameters.get("Code", parameters)
    if "ZipFile" in code:
        code["ZipFile"] = len(code["ZipFile"]) * 3 // 4
    return parameters


@cache
def _routes(service: str) -> list[tuple[str, str, re.Pattern[str]]]:
    """An API's operations with their method and path, from the SDK's own description of it."""
    from botocore.loaders import Loader

    model = Loader().load_service_model(service, "service-2")
    routes = []
    for name, operation in model["operations"].items():
        path = re.escape(operation["http"]["requestUri"].partition("?")[0])
        routes.append((name, operation["http"]["method"], re.compile(_PLACEHOLDER.sub(r"(?P<\1>[^/]+)", path) + "/?")))
    return routes
