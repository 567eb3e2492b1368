"""The rights in Lambda and IAM that the driver needs, as docs/howto/lambda.md lists them, and whether it has them.

IAM is asked what it would say (SimulatePrincipalPolicy), so nothing is tried out. Its answer leaves out what it can't
see: the policies of an organization and of a session.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from corral_lambda.role import ROLE

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["DEPLOY", "RUN", "UNDEPLOY", "Rights", "principal_of"]

RUN = (
    "lambda:InvokeFunction",
    "lambda:GetFunction",
    "lambda:GetFunctionConfiguration",
    "lambda:ListVersionsByFunction",
    "iam:GetRole",
    "iam:ListRolePolicies",
)
DEPLOY = (
    "lambda:CreateFunction",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
    "lambda:PublishVersion",
    "lambda:DeleteFunction",
    "lambda:TagResource",
    "lambda:UntagResource",
    "iam:CreateRole",
    "iam:TagRole",
    "iam:PutRolePolicy",
    "iam:DeleteRolePolicy",
    "iam:PassRole",
)
UNDEPLOY = ("iam:DeleteRole", "iam:ListAttachedRolePolicies", "iam:DetachRolePolicy")

_HANDED_OVER = "iam:PassRole"
_ASSUMED = re.compile(r"arn:[^:]+:sts::\d+:assumed-role/(?P<role>[^/]+)/.+")


def principal_of(arn: str, iam: Any) -> str | None:
    """Whom to ask IAM about: a user, or the role that was assumed; None for the account's root, who may do all.

    :param arn: who calls, as STS says.
    """
    if arn.endswith(":root"):
        return None
    assumed = _ASSUMED.fullmatch(arn)  # which leaves out the role's path
    return str(iam.get_role(RoleName=assumed["role"])["Role"]["Arn"]) if assumed else arn


class Rights:
    """What IAM would say to a principal.

    :param function: its ARN.
    :param role: the ARN of the function's role where somebody else makes it; None: corral does.
    """

    def __init__(self, iam: Any, principal: str, function: str, role: str | None) -> None:
        self._iam, self._principal = iam, principal
        partition, account = function.split(":")[1], function.split(":")[4]
        self._managed = role is None
        self._on = {"lambda": function, "iam": role or f"arn:{partition}:iam::{account}:role/{ROLE}"}

    def missing(self, actions: Iterable[str]) -> list[str]:
        """Which of these actions would be denied; those on a role that is not corral's to make are not needed."""
        wanted = [one for one in actions if self._managed or one == _HANDED_OVER or not one.startswith("iam:")]
        return [
            denied
            for service, resource in self._on.items()
            if (some := [one for one in wanted if one.startswith(f"{service}:")])
            for denied in self._denied(some, resource)
        ]

    def _denied(self, actions: list[str], resource: str) -> list[str]:
        pages = self._iam.get_paginator("simulate_principal_policy").paginate(
            PolicySourceArn=self._principal, ActionNames=actions, ResourceArns=[resource]
        )
        results = [result for page in pages for result in page["EvaluationResults"]]
        return [result["EvalActionName"] for result in results if result["EvalDecision"] != "allowed"]
