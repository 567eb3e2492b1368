"""The role CorralExecutionRole and its inline policies.

One role serves all functions and runs of an account, so rights come and go one policy each, and a run never takes
away another's: ``corral-FUNCTION-DATE-HASH``, the hash that of the policy's text, the date as in ``leases.py``. A role
holds 10,240 characters of inline policies (IAM quotas, as of November 2026), some 25 places to work in; those that no
run has used for days make room.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from corral_core.errors import ExecutorUnavailable, UsageError
from corral_core.remote import leases
from corral_core.remote.waiting import turns
from corral_lambda.policy import ASSUME

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

__all__ = ["ROLE", "TAG", "Role"]

ROLE = "CorralExecutionRole"
TAG = "corral:made-by"
"""On everything that corral makes, and may therefore change and remove."""

_POLICY = re.compile(r"corral-(?P<function>[A-Za-z0-9_-]+)-(?P<date>\d{8})-(?P<hash>[0-9a-f]{12})")


class Role:
    """The role as one function needs it.

    :param iam: boto3's client.
    """

    def __init__(self, iam: Any, function: str) -> None:
        self._iam, self._function = iam, function

    def check(self) -> None:
        """:raises UsageError: when somebody else made a role of this name."""
        self._find()

    def ensure(self, documents: Iterable[str]) -> tuple[str, bool]:
        """Make the role if it is not there, and let it have these policies.

        :returns: its ARN; and whether rights are new, which take some seconds to hold everywhere.
        :raises UsageError: when somebody else made a role of this name, or it has no room.
        """
        arn = self._find() or self._create()
        held = self._held()
        fresh = False
        for document in documents:
            digest = _digest(document)
            if digest not in held:
                self._put(document, digest)
                fresh = True
            elif leases.needs_renewal(held[digest][1], leases.today()):
                self._put(document, digest)
                self._delete(held[digest][0])
        return arn, fresh

    def policies(self) -> list[str]:
        """Names of this function's policies; none when there is no such role."""
        return [name for name in self._names() if _owner(name) == self._function]

    def remove(self) -> None:
        """Remove this function's policies, and the role when no other function has any there. Safe to repeat."""
        if not self._is_ours():
            return
        for name in self.policies():
            self._delete(name)
        if not self._names():
            for page in self._iam.get_paginator("list_attached_role_policies").paginate(RoleName=ROLE):
                for policy in page["AttachedPolicies"]:  # somebody's addition: detached, not deleted
                    self._iam.detach_role_policy(RoleName=ROLE, PolicyArn=policy["PolicyArn"])
            self._quietly(self._iam.delete_role, RoleName=ROLE)

    def _find(self) -> str | None:
        found = self._get()
        if found is None:
            return None
        if not _tagged(found):
            raise UsageError(
                f"the role {ROLE} was not made by corral: remove it, or give --no-lambda-manage-role and "
                "--lambda-role-arn ARN"
            )
        return str(found["Arn"])

    def _is_ours(self) -> bool:
        found = self._get()
        return found is not None and _tagged(found)

    def _get(self) -> dict[str, Any] | None:
        role: dict[str, Any] | None = self._quietly(self._iam.get_role, RoleName=ROLE).get("Role")
        return role

    def _create(self) -> str:
        tags = [{"Key": TAG, "Value": "corral"}]
        try:
            made = self._iam.create_role(
                RoleName=ROLE, AssumeRolePolicyDocument=ASSUME, Description="What corral's functions may do", Tags=tags
            )
        except self._iam.exceptions.EntityAlreadyExistsException:  # another driver was quicker
            found = next((arn for _ in turns() if (arn := self._find())), None)
            if found is None:
                raise ExecutorUnavailable(f"IAM says that the role {ROLE} is there, and does not show it") from None
            return found
        return str(made["Role"]["Arn"])

    def _held(self) -> dict[str, tuple[str, date]]:
        """This function's policies by hash: name and date."""
        found = (_POLICY.fullmatch(name) for name in self.policies())
        return {match["hash"]: (match[0], leases.read(match["date"])) for match in found if match}

    def _put(self, document: str, digest: str) -> None:
        name = f"corral-{self._function}-{leases.written(leases.today())}-{digest}"
        for _ in turns():
            try:
                self._iam.put_role_policy(RoleName=ROLE, PolicyName=name, PolicyDocument=document)
            except self._iam.exceptions.NoSuchEntityException:  # made a moment ago, and not known everywhere
                continue
            except self._iam.exceptions.LimitExceededException:
                if not self._make_room():
                    raise UsageError(
                        f"the role {ROLE} is full of policies that runs may still need: use fewer working locations, "
                        "remove some of its corral-* policies, or give --no-lambda-manage-role and --lambda-role-arn"
                    ) from None
            else:
                return
        raise ExecutorUnavailable(f"IAM has made the role {ROLE}, and takes no policy for it")

    def _make_room(self) -> bool:
        found = (_POLICY.fullmatch(name) for name in self._names())
        stale = [match[0] for match in found if match and leases.is_stale(leases.read(match["date"]), leases.today())]
        for name in stale:
            self._delete(name)
        return bool(stale)

    def _names(self) -> list[str]:
        try:
            pages = list(self._iam.get_paginator("list_role_policies").paginate(RoleName=ROLE))
        except self._iam.exceptions.NoSuchEntityException:
            return []
        return [name for page in pages for name in page["PolicyNames"]]

    def _delete(self, name: str) -> None:
        self._quietly(self._iam.delete_role_policy, RoleName=ROLE, PolicyName=name)

    def _quietly(self, call: Any, **arguments: Any) -> dict[str, Any]:
        """What is not there any more need not be found or removed."""
        try:
            answer: dict[str, Any] = call(**arguments)
        except self._iam.exceptions.NoSuchEntityException:
            return {}
        return answer


def _tagged(role: dict[str, Any]) -> bool:
    return any(tag["Key"] == TAG for tag in role.get("Tags", []))


def _owner(policy: str) -> str | None:
    found = _POLICY.fullmatch(policy)
    return found["function"] if found else None


def _digest(document: str) -> str:
    return hashlib.sha256(json.dumps(json.loads(document), sort_keys=True).encode()).hexdigest()[:12]
