"""What moto does not answer: what IAM would allow, and what an account lets run at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from corral_lambda.testing.answers import Answer, iam_error

if TYPE_CHECKING:
    from corral_lambda.testing.calls import Call

__all__ = ["Account"]

_SIMULATED = (
    '<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult>'
    "<IsTruncated>false</IsTruncated><EvaluationResults>{}</EvaluationResults></SimulatePrincipalPolicyResult>"
    "</SimulatePrincipalPolicyResponse>"
)
_RESULT = "<member><EvalActionName>{}</EvalActionName><EvalDecision>{}</EvalDecision></member>"


class Account:
    """What a test may say of the account while calls come."""

    def __init__(self) -> None:
        self.denied: frozenset[str] = frozenset()
        """Actions that IAM says are not allowed, such as ``lambda:CreateFunction``. Only what it says: nothing is kept
        from being done."""
        self.expired = False
        """Whether STS finds that the credentials have expired."""
        self.silent = False
        """Whether IAM may not be asked."""

    def answer(self, call: Call, concurrency: int) -> Answer | None:
        """The answer to a call that is for this part; None for any other."""
        if call.operation == "GetCallerIdentity" and self.expired:
            return iam_error(403, "ExpiredToken", "The security token included in the request is expired")
        if call.operation == "SimulatePrincipalPolicy":
            return self._simulated(call.parameters)
        if call.operation == "GetAccountSettings":
            limit = {"ConcurrentExecutions": concurrency, "UnreservedConcurrentExecutions": concurrency}
            return Answer(200, json.dumps({"AccountLimit": limit, "AccountUsage": {}}).encode())
        return None

    def _simulated(self, asked: dict[str, Any]) -> Answer:
        if self.silent:
            message = "User is not authorized to perform: iam:SimulatePrincipalPolicy"
            return iam_error(403, "AccessDenied", message)
        actions = [value for name, value in asked.items() if name.startswith("ActionNames.member.")]
        results = [_RESULT.format(one, "implicitDeny" if one in self.denied else "allowed") for one in actions]
        return Answer(200, _SIMULATED.format("".join(results)).encode(), {"Content-Type": "text/xml"})
