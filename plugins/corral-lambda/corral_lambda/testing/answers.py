"""Answers of the stack's own, in the words of AWS's protocols."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from uuid import uuid4

__all__ = ["Answer", "iam_error", "lambda_error"]


@dataclass(frozen=True)
class Answer:
    """What goes back to a client."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the call did what it was asked for."""
        return self.status < 300


def lambda_error(status: int, code: str, message: str, kind: str = "User", **more: str) -> Answer:
    """An error as Lambda gives it.

    :param kind: whose fault it is: ``User`` or ``Service``.
    """
    body = {"Type": kind, "Message": message, "message": message, **more}
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": code, "x-amzn-RequestId": str(uuid4())}
    return Answer(status, json.dumps(body).encode(), headers)


def iam_error(status: int, code: str, message: str) -> Answer:
    """An error as IAM gives it."""
    body = (
        '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>'
        f"<Code>{code}</Code><Message>{message}</Message></Error><RequestId>{uuid4()}</RequestId></ErrorResponse>"
    )
    return Answer(status, body.encode(), {"Content-Type": "text/xml"})
