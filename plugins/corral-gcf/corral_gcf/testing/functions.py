"""The functions that the control plane knows, and what becomes of their code."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
import shutil
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from corral_gcf.testing.answers import Answer, api_error
from corral_gcf.testing.instance import Revision
from corral_gcf.testing.runtime import RUNTIME

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from corral_gcf.testing.objects import Objects

__all__ = ["SOURCES", "UPLOADS", "Functions"]

UPLOADS = "gcf-v2-uploads-1234.us-central1.cloudfunctions.appspot.com"
SOURCES = "gcf-v2-sources-1234-us-central1"
"""Google's buckets for what comes in and for what functions were built from."""
_NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_MEMORY = re.compile(r"(\d+)(Mi|Gi)")
_UNITS = {"Mi": 2**20, "Gi": 2**30}
_FRAMEWORK = re.compile(rb"^functions-framework\b", re.MULTILINE)


@dataclass
class Functions:
    """By name, as the API describes them.

    :param folder: where code is unpacked.
    :param starts: has a revision listen; why it does not, or nothing.
    """

    objects: Objects
    folder: Path
    starts: Callable[[Revision], Awaitable[str]]
    by_name: dict[str, dict[str, Any]] = field(default_factory=dict)
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    """IAM policies of their Cloud Run services, by the service's name."""
    revisions: dict[str, Revision] = field(default_factory=dict)
    """What serves now, by the service's name."""

    async def save(self, name: str, wanted: dict[str, Any], url: str) -> Answer | str:
        """Create or update a function: fetch its source, build it, serve it.

        :param url: the stack's.
        :returns: why it can't be asked for; or what its operation fails with, empty when it does not.
        """
        short = name.rpartition("/")[2]
        source = wanted.get("buildConfig", {}).get("source", {}).get("storageSource", {})
        content = await self.objects.get(source.get("bucket", ""), source.get("object", ""))
        refusal = _refusal(short, wanted, content)
        if refusal or content is None:
            return api_error(400, refusal or "The source is not there.")
        code = hashlib.sha256(content).hexdigest()
        await asyncio.to_thread(_unpack, content, self.folder / code)
        await self.objects.put(SOURCES, f"{short}/function-source.zip", content)
        number = self.revisions[short].number + 1 if short in self.revisions else 1
        revision = _revision(short, number, code, wanted["serviceConfig"])
        if said := await self.starts(revision):
            return f"Could not create or update Cloud Run service {short}, Container Healthcheck failed. {said}"
        self.revisions[short] = revision
        self.by_name[name] = _described(name, wanted, f"{url}/f/{short}", self.by_name.get(name))
        return ""

    def remove(self, name: str) -> None:
        """Forget a function and its service; its source stays, as Google leaves it."""
        del self.by_name[name]
        short = name.rpartition("/")[2]
        self.revisions.pop(short, None)
        self.policies.pop(short, None)


def _described(name: str, wanted: dict[str, Any], uri: str, old: dict[str, Any] | None) -> dict[str, Any]:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    project, _, region = name.removeprefix("projects/").partition("/locations/")
    short = name.rpartition("/")[2]
    service = f"projects/{project}/locations/{region.partition('/')[0]}/services/{short}"
    kept = {"bucket": SOURCES, "object": f"{short}/function-source.zip"}
    return {
        **wanted,
        "name": name,
        "buildConfig": {**wanted["buildConfig"], "source": {"storageSource": kept}},
        "serviceConfig": {**wanted["serviceConfig"], "service": service, "uri": uri},
        "state": "ACTIVE",
        "environment": "GEN_2",
        "createTime": old["createTime"] if old else now,
        "updateTime": now,
    }


def _refusal(name: str, wanted: dict[str, Any], content: bytes | None) -> str:
    build, service = wanted.get("buildConfig", {}), wanted.get("serviceConfig", {})
    if not _NAME.fullmatch(name):
        return f"Invalid function name: {name}"
    if build.get("runtime") != RUNTIME:
        return f"The runtime {build.get('runtime')} is not supported: this stack runs {RUNTIME}."
    if not 1 <= service.get("timeoutSeconds", 60) <= 3600:
        return "Timeout must be between 1 and 3600 seconds."
    if not _MEMORY.fullmatch(service.get("availableMemory", "256Mi")):
        return f"Invalid memory: {service['availableMemory']}"
    if content is None:
        return "The source is not there."
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if not _FRAMEWORK.search(archive.read("requirements.txt")):
                return "This stack's build installs functions-framework, as requirements.txt must say."
            archive.getinfo("main.py")
    except (zipfile.BadZipFile, KeyError) as error:
        return f"Build failed: {error}"
    return ""


def _revision(name: str, number: int, code: str, service: dict[str, Any]) -> Revision:
    found = _MEMORY.fullmatch(service.get("availableMemory", "256Mi"))
    assert found is not None
    return Revision(
        service=name,
        number=number,
        code=code,
        timeout=service.get("timeoutSeconds", 60),
        memory=int(found[1]) * _UNITS[found[2]],
        most=service.get("maxInstanceCount", 100),
        environment=tuple(sorted(service.get("environmentVariables", {}).items())),
    )


def _unpack(content: bytes, target: Path) -> None:
    if not target.exists():
        scratch = target.with_name(f"{target.name}-{uuid4()}")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(scratch)
        try:
            scratch.rename(target)
        except OSError:
            if not target.exists():
                raise
            shutil.rmtree(scratch)  # another call with the same code was sooner
