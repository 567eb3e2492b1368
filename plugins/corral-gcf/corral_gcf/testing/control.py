"""The control plane: Cloud Functions v2, its operations, and the policies of Cloud Run services."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from corral_gcf.testing.answers import Answer, api_error, found
from corral_gcf.testing.functions import UPLOADS
from corral_gcf.testing.identity import DRIVER

if TYPE_CHECKING:
    from corral_gcf.testing.calls import Call
    from corral_gcf.testing.functions import Functions

__all__ = ["Control"]

_INVOKER = "roles/run.invoker"
_ALLOWED = "run.routes.invoke"


@dataclass
class Control:
    """What a test may change while calls come."""

    functions: Functions
    url: str = ""
    disabled: bool = False
    """Whether the API is switched off in the project."""
    denied: frozenset[str] = frozenset()
    """Operations that the driver's account may not do."""
    ungranted: frozenset[str] = frozenset()
    """Permissions that the project says the driver's account lacks. Only what it says: nothing is kept from being
    done."""
    invoker: bool = False
    """Whether the driver's account may invoke every service of the project."""
    operation_looks: int = 0
    """So many looks at an operation find it under way."""
    fails: str = ""
    """What operations that make a function end with, such as a build's error."""
    grant_unseen: int = 0
    """So many invocations after a grant are refused all the same."""
    _operations: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)

    def reset(self) -> None:
        """An empty project, and nothing in the way."""
        fresh = Control(self.functions, self.url)
        for name in (
            "disabled",
            "denied",
            "ungranted",
            "invoker",
            "operation_looks",
            "fails",
            "grant_unseen",
            "_operations",
        ):
            setattr(self, name, getattr(fresh, name))
        self.functions.by_name.clear()
        self.functions.policies.clear()
        self.functions.revisions.clear()

    def may_invoke(self, service: str) -> bool:
        """Whether the driver's account may, as far as Cloud Run has heard."""
        if not (self.invoker or _granted(self.functions.policies.get(service, {}))):
            return False
        if self.grant_unseen:
            self.grant_unseen -= 1
            return False
        return True

    async def answer(self, call: Call, query: dict[str, str], authorization: str, body: bytes) -> Answer:
        """Do what a call asks for."""
        if not authorization.startswith("Bearer "):
            return api_error(401, "Request is missing required authentication credential.")
        if self.disabled:
            return api_error(403, _DISABLED, "SERVICE_DISABLED")
        if call.operation in self.denied:
            return api_error(403, f"Permission denied on {call.path.removeprefix('/v2/')}.", "IAM_PERMISSION_DENIED")
        content = call.parameters = json.loads(body or b"{}")
        name = call.path.removeprefix("/v2/").partition(":")[0]
        if call.operation == "CreateFunction":
            return await self._create(f"{name}/{query['functionId']}", content)
        if call.operation == "UpdateFunction":
            return await self._update(name, content, query.get("updateMask", ""))
        if call.operation == "TestProjectPermissions":
            return found({"permissions": [one for one in content["permissions"] if one not in self.ungranted]})
        if call.operation.endswith(("IamPolicy", "IamPermissions")):
            return self._policy(call.operation, name.rpartition("/")[2], content)
        return self._simple(call.operation, name)

    def _simple(self, operation: str, name: str) -> Answer:
        known = self.functions.by_name
        if operation == "GenerateUploadUrl":
            upload = f"{uuid4()}.zip"
            source = {"bucket": UPLOADS, "object": upload}
            return found({"uploadUrl": f"{self.url}/upload/{upload}", "storageSource": source})
        if operation == "ListFunctions":
            return found({"functions": [one for at, one in known.items() if at.startswith(f"{name}/")]})
        if operation == "GetOperation":
            return self._look(name)
        if name not in known:
            return api_error(404, f"Resource '{name}' was not found")
        if operation == "DeleteFunction":
            self.functions.remove(name)
            return self._operation(name, {"@type": "type.googleapis.com/google.protobuf.Empty"})
        return found(known[name])

    async def _create(self, name: str, content: dict[str, Any]) -> Answer:
        if name in self.functions.by_name:
            return api_error(409, f"Could not create Cloud Run service {name}. Resource already exists.")
        return await self._saved(name, content)

    async def _update(self, name: str, content: dict[str, Any], mask: str) -> Answer:
        if name not in self.functions.by_name:
            return api_error(404, f"Resource '{name}' was not found")
        old = self.functions.by_name[name]
        wanted = {field_: content[field_] for field_ in mask.split(",") if field_ in content} if mask else content
        return await self._saved(name, {**old, **wanted})

    async def _saved(self, name: str, content: dict[str, Any]) -> Answer:
        said = self.fails or await self.functions.save(name, content, self.url)
        if isinstance(said, Answer):
            return said
        if said:
            return self._operation(name, None, said)
        made = {"@type": "type.googleapis.com/google.cloud.functions.v2.Function", **self.functions.by_name[name]}
        return self._operation(name, made)

    def _operation(self, target: str, response: dict[str, Any] | None, failure: str = "") -> Answer:
        name = f"{target.partition('/functions/')[0]}/operations/{uuid4()}"
        ended = {"response": response} if response else {"error": {"code": 3, "message": failure}}
        self._operations[name] = self.operation_looks, {"name": name, "done": True, **ended}
        return self._look(name)

    def _look(self, name: str) -> Answer:
        if name not in self._operations:
            return api_error(404, f"Operation '{name}' was not found")
        left, operation = self._operations[name]
        self._operations[name] = max(left - 1, 0), operation
        return found(operation if not left else {"name": name, "done": False})

    def _policy(self, operation: str, service: str, content: dict[str, Any]) -> Answer:
        if service not in self.functions.revisions:
            return api_error(404, f"Resource '{service}' of kind 'SERVICE' does not exist.")
        policies = self.functions.policies
        if operation == "SetIamPolicy":
            if content["policy"].get("etag", "") != policies.get(service, {}).get("etag", ""):
                return api_error(409, "There were concurrent policy changes.")
            policies[service] = {**content["policy"], "etag": str(uuid4())}
        if operation == "TestIamPermissions":
            allowed = self.invoker or _granted(policies.get(service, {}))
            return found({"permissions": [_ALLOWED] if allowed else []})
        return found(policies.get(service, {}))


_DISABLED = (
    "Cloud Functions API has not been used in project corral-test before or it is disabled. Enable it by visiting "
    "https://console.developers.google.com/apis/api/cloudfunctions.googleapis.com then retry."
)


def _granted(policy: dict[str, Any]) -> bool:
    return any(
        binding["role"] == _INVOKER and f"serviceAccount:{DRIVER}" in binding["members"]
        for binding in policy.get("bindings", ())
    )
