"""A function for each bundle and configuration.

Second-generation functions have no versions that could be called by number: an update takes all calls to the new code.
So two runs under one name would run each other's code. Here each has a function of its own, ``NAME-`` and ten digits
of what it runs and how; it is never updated, and runs that agree share it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from corral_core.errors import UsageError
from corral_core.remote import leases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from corral_gcf.project import Project

__all__ = ["ENTRY_POINT", "USED", "Configuration", "Functions", "newest_first"]

ENTRY_POINT = "main"
MADE_BY, NAME, DIGEST, USED = "made-by", "corral-name", "corral-digest", "corral-used"
"""Labels: ``corral``; the setting gcfFunctionName; the bundle's; the day of the last run, as leases has it."""
_DIGITS = 10
_MOST_LABEL = 63


@dataclass(frozen=True)
class Configuration:
    """All of a function that a run depends on, except its code."""

    runtime: str
    memory: int
    timeout: int
    instances: int
    cpu: float | None = None
    service_account: str | None = None
    variables: dict[str, str] = field(default_factory=dict)

    def key(self, digest: str) -> str:
        """What tells a bundle in this configuration from any other."""
        how = json.dumps([digest, *(getattr(self, name) for name in self.__dataclass_fields__)], sort_keys=True)
        return hashlib.sha256(how.encode()).hexdigest()[:_DIGITS]

    def service(self) -> dict[str, Any]:
        """As Cloud Functions wants it."""
        wanted: dict[str, Any] = {
            "available_memory": f"{self.memory}Mi",
            "timeout_seconds": self.timeout,
            "max_instance_count": self.instances,
            "max_instance_request_concurrency": 1,
            # One thread: the task has the main one, which alone gets the signal before the time is up.
            "environment_variables": {
                "THREADS": "1",
                "CORRAL_SECONDS": str(self.timeout),
                "CORRAL_MEMORY_MB": str(self.memory),
                **self.variables,
            },
        }
        if self.cpu is not None:
            wanted["available_cpu"] = f"{self.cpu:g}"
        if self.service_account is not None:
            wanted["service_account_email"] = self.service_account
        return wanted


class Functions:
    """What a project has under one name.

    :param name: the setting gcfFunctionName.
    :param step: told of what takes time.
    """

    def __init__(self, project: Project, name: str, step: Callable[[str], None] = lambda _: None) -> None:
        self.project, self.name, self.step = project, name, step
        self.client = project.functions()

    def full_name(self, key: str) -> str:
        """Of the function with this key."""
        return f"{self.project.parent}/functions/{self.name}-{key}"

    def ours(self) -> list[Any]:
        """The functions that corral has made under this name.

        :raises UsageError: when somebody else's has the name.
        """
        found = list(self.client.list_functions(parent=self.project.parent))
        for one in found:
            if _short(one) == self.name and one.labels.get(MADE_BY) != "corral":
                raise UsageError(
                    f"the function {self.name} was not made by corral: give another --gcf-function-name, or remove it"
                )
        return [one for one in found if one.labels.get(MADE_BY) == "corral" and one.labels.get(NAME) == self.name]

    def labels(self, digest: str) -> dict[str, str]:
        """Of a new function, or of one that a run takes up."""
        made = {MADE_BY: "corral", NAME: self.name, DIGEST: digest[:_MOST_LABEL]}
        return made | {USED: leases.written(leases.today())}


def newest_first(functions: Iterable[Any]) -> list[Any]:
    """By the day of their last use."""
    return sorted(functions, key=lambda one: one.labels.get(USED, ""), reverse=True)


def _short(function: Any) -> str:
    return str(function.name).rpartition("/")[2]
