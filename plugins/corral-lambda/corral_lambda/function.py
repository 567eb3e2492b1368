"""A function with the versions that it has.

A version is code and configuration, and never changes. Runs call a version by number, so two drivers that deploy under
one name at the same time can't run each other's code. Which version is a run's own is seen from what Lambda says of
it, the code's SHA-256 and every part of the configuration: nothing else remembers what was deployed.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from corral_core.errors import UsageError
from corral_lambda.role import TAG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["HANDLER", "Configuration", "Function"]

HANDLER = "corral_lambda.handler.handle"
_LATEST = "$LATEST"


@dataclass(frozen=True)
class Configuration:
    """All of a version that a run depends on, except its code."""

    runtime: str
    role: str
    timeout: int
    memory: int
    architecture: str
    storage: int
    variables: dict[str, str] = field(default_factory=dict)

    def request(self) -> dict[str, Any]:
        """As arguments of UpdateFunctionConfiguration."""
        return {
            "Runtime": self.runtime,
            "Role": self.role,
            "Handler": HANDLER,
            "Timeout": self.timeout,
            "MemorySize": self.memory,
            "EphemeralStorage": {"Size": self.storage},
            "Environment": {"Variables": self.variables},
        }

    def matches(self, found: dict[str, Any]) -> bool:
        """Whether a function or version, as Lambda describes it, is configured like this."""
        wanted = self.request()
        variables = wanted.pop("Environment")["Variables"]
        return (
            all(found.get(name) == value for name, value in wanted.items())
            and found.get("Environment", {}).get("Variables", {}) == variables
            and found.get("Architectures") == [self.architecture]
        )


class Function:
    """One function by name.

    :param client: boto3's for Lambda.
    :param step: told of what takes time.
    """

    def __init__(self, client: Any, name: str, step: Callable[[str], None] = lambda _: None) -> None:
        self.client, self.name, self.step = client, name, step

    def describe(self) -> dict[str, Any] | None:
        """The newest configuration, or None when there is no such function.

        :raises UsageError: when somebody else made it.
        """
        found = self._get()
        if found is None:
            return None
        if TAG not in found.get("Tags", {}):
            raise UsageError(
                f"the function {self.name} was not made by corral: give another --lambda-function-name, or remove it"
            )
        configuration: dict[str, Any] = found["Configuration"]
        return configuration

    def versions(self) -> Iterator[dict[str, Any]]:
        """Published versions, oldest first; none when there is no such function."""
        try:
            for page in self.client.get_paginator("list_versions_by_function").paginate(FunctionName=self.name):
                yield from (found for found in page["Versions"] if found["Version"] != _LATEST)
        except self.client.exceptions.ResourceNotFoundException:
            return

    def find(self, configuration: Configuration, sha256: str) -> dict[str, Any] | None:
        """The newest version with this code and configuration that can be called.

        :param sha256: of the zip, in base64.
        """
        fitting = (found for found in self.versions() if found["CodeSha256"] == sha256 and configuration.matches(found))
        usable = [found for found in fitting if found.get("State", "Active") in ("Active", "Inactive", "Pending")]
        return usable[-1] if usable else None

    def tags(self) -> dict[str, str]:
        """Of the function as a whole."""
        found = self._get()
        return {} if found is None else dict(found.get("Tags", {}))

    def remove(self) -> bool:
        """Remove it with all versions, if corral made it. Safe to repeat.

        :returns: False when somebody else's function has the name.
        """
        found = self._get()
        if found is not None and TAG not in found.get("Tags", {}):
            return False
        with suppress(self.client.exceptions.ResourceNotFoundException):
            self.client.delete_function(FunctionName=self.name)
        return True

    def _get(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self.client.get_function(FunctionName=self.name)
        except self.client.exceptions.ResourceNotFoundException:
            return None
        return found
