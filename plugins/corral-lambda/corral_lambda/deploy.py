"""Makes a version that runs a bundle: finds it, or creates, updates and publishes until it is there.

::

    find ──it is there──────────────────────────────────────────────> version N: nothing is written
      │ no                                                               ▲
      ├─ no function ──create (publishes)──────────────────wait──────────┤
      └─ function ──update code and configuration──wait──publish──wait───┘
               ▲                                          │ somebody else updated in between
               └───────────────── again ──────────────────┘

Each step names the revision or the code that it goes on from, so a driver that deploys at the same time is noticed,
and both get versions of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corral_core.errors import ExecutorUnavailable
from corral_core.remote.waiting import PATIENCE, turns
from corral_lambda.asking import code_of
from corral_lambda.role import TAG

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_lambda.function import Configuration, Function

__all__ = ["Code", "Deployed", "deploy"]

_CONTENDED = frozenset({"ResourceConflictException", "PreconditionFailedException", "ResourceInUseException"})
_CONTENTION_PATIENCE = 300.0
"""Seconds; each of several drivers may take ten."""


@dataclass(frozen=True)
class Code:
    """The zip that a version runs."""

    sha256: str
    """Of the zip, in base64: what Lambda calls CodeSha256."""
    digest: str
    """The bundle's own, in hexadecimal, for people."""
    request: Callable[[], dict[str, Any]]
    """Gives the argument Code: the bytes, or a place in S3 where they were put for it."""


@dataclass(frozen=True)
class Deployed:
    """A version that can be called."""

    version: str
    published: str
    """When: ``2026-11-22T10:00:00.000+0000``."""
    fresh: bool
    """Whether this driver has just published it."""


def deploy(function: Function, configuration: Configuration, code: Code, note: str) -> Deployed:
    """The version that runs this code like this.

    :param note: a description for people.
    :raises UsageError: when the function is somebody else's.
    :raises ExecutorUnavailable: when others deploy all the time, or the role does not become usable.
    """
    from botocore.exceptions import ClientError

    reason = ""
    for passed in turns(_CONTENTION_PATIENCE):
        current = function.describe()
        found = function.find(configuration, code.sha256) if current else None
        if found is not None:
            _wait(function, "published_version_active", found["Version"])
            return Deployed(found["Version"], found["LastModified"], fresh=False)
        try:
            made = _make(function, configuration, code, note, current)
        except ClientError as error:
            reason = str(error)
            if not _passes(error, passed):
                raise
            continue
        if made is not None:
            return made
        reason = "what was written is not what is there, again and again; is another tool changing it?"
        if passed >= PATIENCE:
            break
    raise ExecutorUnavailable(f"the function {function.name} could not be deployed: {reason}")


def _make(
    function: Function, configuration: Configuration, code: Code, note: str, current: dict[str, Any] | None
) -> Deployed | None:
    """One attempt; None when somebody else's change came in between."""
    if current is None:
        return _created(function, configuration, code, note)
    _update(function, configuration, code, note, current)
    latest = function.client.get_function_configuration(FunctionName=function.name)
    if latest["CodeSha256"] != code.sha256 or not configuration.matches(latest):
        return None
    published = function.client.publish_version(
        FunctionName=function.name, CodeSha256=code.sha256, Description=note, **_unchanged(latest)
    )
    if published["CodeSha256"] != code.sha256 or not configuration.matches(published):
        return None
    return _active(function, published)


def _created(function: Function, configuration: Configuration, code: Code, note: str) -> Deployed:
    function.step(f"creating the function {function.name}")
    made = function.client.create_function(
        FunctionName=function.name,
        Code=code.request(),
        Architectures=[configuration.architecture],
        Description=note,
        Publish=True,
        Tags={TAG: "corral"},
        **configuration.request(),
    )
    _wait(function, "function_active_v2")
    return _active(function, made)


def _update(function: Function, configuration: Configuration, code: Code, note: str, current: dict[str, Any]) -> None:
    function.step(f"updating the function {function.name}")
    architectures = [configuration.architecture]
    if current["CodeSha256"] != code.sha256 or current["Architectures"] != architectures:
        function.client.update_function_code(
            FunctionName=function.name, Architectures=architectures, **code.request(), **_unchanged(current)
        )
        _wait(function, "function_updated_v2")
    # With the description each time: Lambda publishes nothing where nothing has changed.
    current = function.client.get_function_configuration(FunctionName=function.name)
    function.client.update_function_configuration(
        FunctionName=function.name, Description=note, **configuration.request(), **_unchanged(current)
    )
    _wait(function, "function_updated_v2")


def _unchanged(found: dict[str, Any]) -> dict[str, str]:
    """The condition that nobody has changed it since; the API promises no revision in every answer."""
    return {"RevisionId": found["RevisionId"]} if found.get("RevisionId") else {}


def _active(function: Function, made: dict[str, Any]) -> Deployed:
    function.step(f"waiting until Lambda has {function.name} ready")
    _wait(function, "published_version_active", made["Version"])
    return Deployed(made["Version"], made["LastModified"], fresh=True)


def _wait(function: Function, what: str, version: str | None = None) -> None:
    from botocore.exceptions import WaiterError

    qualifier = {"Qualifier": version} if version else {}
    waiter = function.client.get_waiter(what)
    try:
        waiter.wait(FunctionName=function.name, WaiterConfig={"Delay": 1, "MaxAttempts": 300}, **qualifier)
    except WaiterError as error:
        last = error.last_response.get("Configuration", error.last_response)
        why = last.get("StateReason") or last.get("LastUpdateStatusReason") or str(error)
        raise ExecutorUnavailable(f"the function {function.name} does not become ready: {why}") from error


def _passes(error: Any, passed: float) -> bool:
    """Whether to try again: another driver is deploying, or IAM has not yet told Lambda of a role."""
    code = code_of(error)
    if code == "InvalidParameterValueException" and "assume" in str(error):
        return passed < PATIENCE
    return code in _CONTENDED
