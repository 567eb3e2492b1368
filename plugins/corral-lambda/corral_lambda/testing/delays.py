"""What AWS takes its time with: roles that are not everywhere yet, functions that are not ready yet."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from corral_lambda.testing.answers import Answer, iam_error, lambda_error

if TYPE_CHECKING:
    from corral_lambda.testing.calls import Call

__all__ = ["Delays"]

_UPDATES = {"UpdateFunctionCode", "UpdateFunctionConfiguration", "PublishVersion"}
_NOT_NOW = "The operation cannot be performed at this time."
_READS = {"GetFunction", "GetFunctionConfiguration"}


@dataclass
class Delays:
    """Counted in calls, not in seconds, so that tests neither wait nor depend on a clock."""

    role_visible: int = 0
    """So many calls of IAM about a new role answer that there is none."""
    role_assumable: int = 0
    """So many calls that give a new role to a function are refused."""
    function_ready: int = 0
    """So many looks at a new function, version or update find it ``Pending`` or ``InProgress``."""
    _invisible: dict[str, int] = field(default_factory=dict, init=False, repr=False)
    _unassumable: dict[str, int] = field(default_factory=dict, init=False, repr=False)
    _pending: dict[str, int] = field(default_factory=dict, init=False, repr=False)
    _updating: dict[str, int] = field(default_factory=dict, init=False, repr=False)

    def refuse(self, call: Call) -> Answer | None:
        """The answer to a call that comes too early; None when it does not."""
        name, asked = call.parameters.get("FunctionName", ""), call.parameters
        if call.service == "iam" and _used(self._invisible, asked.get("RoleName", "")):
            return iam_error(404, "NoSuchEntity", f"The role with name {asked['RoleName']} cannot be found.")
        if call.service == "lambda" and _used(self._unassumable, asked.get("Role", "")):
            message = "The role defined for the function cannot be assumed by Lambda."
            return lambda_error(400, "InvalidParameterValueException", message)
        if call.operation in _UPDATES and (name in self._pending or name in self._updating):
            message = f"{_NOT_NOW} An update is in progress for resource: {name}"
            return lambda_error(409, "ResourceConflictException", message)
        if call.operation == "Invoke" and _key(call) in self._pending:
            message = f"{_NOT_NOW} The function is currently in the following state: Pending"
            return lambda_error(409, "ResourceConflictException", message)
        return None

    def note(self, call: Call, answer: Answer) -> Answer:
        """The answer as it would be before all is ready."""
        if not answer.ok:
            return answer
        if call.operation == "CreateRole" and call.service == "iam":
            self._invisible[call.parameters["RoleName"]] = self.role_visible
            arn = answer.body.decode().partition("<Arn>")[2].partition("</Arn>")[0]
            self._unassumable[arn] = self.role_assumable
        if call.service != "lambda" or not self.function_ready:
            return answer
        return self._note_function(call, answer)

    def _note_function(self, call: Call, answer: Answer) -> Answer:
        name = call.parameters.get("FunctionName", "")
        if call.operation == "CreateFunction":
            self._pending[name] = self.function_ready
        elif call.operation == "PublishVersion":
            self._pending[f"{name}:{json.loads(answer.body)['Version']}"] = self.function_ready
        elif call.operation in _UPDATES:
            self._updating[name] = self.function_ready
        elif call.operation not in _READS:
            return answer
        pending, updating = self._pending, self._updating
        key = _key(call)
        if call.operation in _READS:
            waits = _used(pending, key), _used(updating, key)
        else:
            waits = key in pending or call.operation == "PublishVersion", key in updating
        return _patched(answer, *waits)


def _key(call: Call) -> str:
    name, qualifier = call.parameters["FunctionName"], call.parameters.get("Qualifier", "$LATEST")
    return name if qualifier == "$LATEST" else f"{name}:{qualifier}"


def _used(counts: dict[str, int], key: str) -> bool:
    """Whether a count is still running; one less then."""
    left = counts.pop(key, 0)
    if left <= 0:
        return False
    counts[key] = left - 1
    return True


def _patched(answer: Answer, pending: bool, updating: bool) -> Answer:
    content: dict[str, Any] = json.loads(answer.body)
    configuration = content.get("Configuration", content)
    if pending:
        configuration |= {
            "State": "Pending",
            "StateReasonCode": "Creating",
            "StateReason": "The function is being created.",
        }
    if pending or updating:
        configuration["LastUpdateStatus"] = "InProgress"
    return Answer(answer.status, json.dumps(content).encode(), answer.headers)
