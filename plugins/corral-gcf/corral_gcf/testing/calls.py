"""The calls that came to the stack, for tests to ask about."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Call", "operation_of"]

_ROUTES = [
    ("GET", r"/v2/projects/[^/]+/locations/[^/]+/functions", "ListFunctions"),
    ("POST", r"/v2/projects/[^/]+/locations/[^/]+/functions", "CreateFunction"),
    ("POST", r"/v2/projects/[^/]+/locations/[^/]+/functions:generateUploadUrl", "GenerateUploadUrl"),
    ("GET", r"/v2/projects/[^/]+/locations/[^/]+/functions/[^/]+", "GetFunction"),
    ("PATCH", r"/v2/projects/[^/]+/locations/[^/]+/functions/[^/]+", "UpdateFunction"),
    ("DELETE", r"/v2/projects/[^/]+/locations/[^/]+/functions/[^/]+", "DeleteFunction"),
    ("GET", r"/v2/projects/[^/]+/locations/[^/]+/operations/[^/]+", "GetOperation"),
    ("GET", r"/v2/projects/[^/]+/locations/[^/]+/services/[^/]+:getIamPolicy", "GetIamPolicy"),
    ("POST", r"/v2/projects/[^/]+/locations/[^/]+/services/[^/]+:setIamPolicy", "SetIamPolicy"),
    ("POST", r"/v2/projects/[^/]+/locations/[^/]+/services/[^/]+:testIamPermissions", "TestIamPermissions"),
    ("POST", r"/v3/projects/[^/]+:testIamPermissions", "TestProjectPermissions"),
    ("PUT", r"/upload/[^/]+", "Upload"),
    ("POST", r"/token", "Token"),
    ("GET", r"/computeMetadata/v1/.*", "Metadata"),
    ("POST", r"/f/[^/]+", "Invoke"),
]
_CHANGES = {"CreateFunction", "UpdateFunction", "DeleteFunction", "SetIamPolicy", "Upload"}


@dataclass
class Call:
    """One call of an API, in the API's own words."""

    operation: str
    """Such as ``CreateFunction``."""
    path: str
    parameters: dict[str, Any] = field(default_factory=dict)
    """What it was given. The payload of an invocation is not here."""
    status: int = 0
    """Of the answer; 0 while there is none, and when the connection was cut."""
    fault: str = ""
    """What was done to it on purpose; empty when nothing was."""

    @property
    def changes(self) -> bool:
        """Whether it may have changed an account."""
        return self.operation in _CHANGES

    @property
    def name(self) -> str:
        """The last part of the path: a function's name, a service's, an operation's."""
        return self.path.rpartition("/")[2].partition(":")[0]


def operation_of(method: str, path: str) -> str:
    """What a request asks for; empty when nothing of this stack."""
    return next((name for wanted, route, name in _ROUTES if method == wanted and re.fullmatch(route, path)), "")
