"""What a function may do, as IAM policy documents: pure functions.

Workers read the inputs; below the working location they read, write and delete; they write this function's logs. They
list nothing: the driver, with the user's own rights, has found the inputs already.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ASSUME", "logs_policy", "run_policy"]

_S3 = re.compile(r"s3a?://([^/]+)/?(.*)", re.DOTALL)
_WILD = re.compile(r"[*?\[]")
_WORK = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))


ASSUME = _document(
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
)
"""Who may take the role: Lambda."""


def run_policy(partition: str, reads: Iterable[str], location: str) -> str:
    """The rights of runs with these inputs and this working location; the same text for the same places.

    :param reads: inputs as the user named them, globs and directories too. What is not in S3 needs no rights.
    """
    found = {arn for path in reads for arn in _input(partition, path)}
    statements = [_allow(("s3:GetObject",), sorted(found))] if found else []
    below = [_arn(partition, bucket, f"{_literal(key.rstrip('/'))}/*" if key else "*") for bucket, key in _s3(location)]
    if below:
        statements.append(_allow(_WORK, below))
    return _document(*statements)


def logs_policy(partition: str, region: str, account: str, function: str) -> str:
    """The right to write one function's logs."""
    group = f"arn:{partition}:logs:{region}:{account}:log-group:/aws/lambda/{function}"
    actions = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
    return _document(_allow(actions, [group, f"{group}:*"]))


def _allow(actions: tuple[str, ...], resources: list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resources}


def _input(partition: str, path: str) -> list[str]:
    arns = []
    for bucket, key in _s3(path):
        wild = _WILD.search(key)
        if wild:
            arns.append(_arn(partition, bucket, _literal(key[: wild.start()]) + "*"))
        elif key:  # a file, or a directory with all below it
            whole = _literal(key.rstrip("/"))
            arns += [_arn(partition, bucket, whole), _arn(partition, bucket, f"{whole}/*")]
        else:
            arns.append(_arn(partition, bucket, "*"))
    return arns


def _s3(path: str) -> list[tuple[str, str]]:
    found = _S3.fullmatch(path)
    return [(found[1], found[2])] if found else []


def _arn(partition: str, bucket: str, key: str) -> str:
    return f"arn:{partition}:s3:::{bucket}/{key}"


def _literal(key: str) -> str:
    """IAM's own marks in a key stand for themselves."""
    return re.sub(r"[*?$]", lambda mark: f"${{{mark[0]}}}", key)
