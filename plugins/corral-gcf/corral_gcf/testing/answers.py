"""Answers of the stack's own, in the words of Google's APIs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

__all__ = ["Answer", "api_error", "found"]

_JSON = {"Content-Type": "application/json; charset=UTF-8"}
_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}


@dataclass(frozen=True)
class Answer:
    """What goes back to a client."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def found(content: Any) -> Answer:
    """Something that was asked for."""
    return Answer(HTTPStatus.OK, json.dumps(content).encode(), _JSON)


def api_error(status: int, message: str, reason: str = "") -> Answer:
    """An error as Google's APIs give it."""
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}]
    error = {"code": status, "message": message, "status": _STATUSES[status]} | ({"details": details} if reason else {})
    return Answer(status, json.dumps({"error": error}).encode(), _JSON)
