"""What the tests of the stack share: functions of a few lines, deployed and called as any program would."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import requests
from google.auth.transport.requests import Request

from corral_gcf.project import Project
from corral_gcf.testing.fixtures import gcp, local_gcp
from corral_gcf.testing.runtime import RUNTIME
from corral_gcf.tokens import id_credentials

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from corral_gcf.testing import LocalGcp

__all__ = ["gcp", "local_gcp"]


@dataclass
class Tiny:
    """A function that is deployed."""

    function: Any
    credentials: Any

    def call(self, payload: bytes = b"", **headers: str) -> requests.Response:
        if not self.credentials.valid:
            self.credentials.refresh(Request())
        given = {"Authorization": f"Bearer {self.credentials.token}"} | headers
        return requests.post(self.function.service_config.uri, payload, headers=given, timeout=60)


@pytest.fixture
def tiny(gcp: LocalGcp) -> Callable[..., Tiny]:
    """Deploys a ``main.py`` whose callers are let in."""
    gcp.control.invoker = True
    project = Project()
    client = project.functions()

    def deploy(source: str, name: str = "tiny", **service: Any) -> Tiny:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("main.py", source)
            archive.writestr("requirements.txt", "functions-framework==3.*\n")
        place = client.generate_upload_url(request={"parent": project.parent})
        requests.put(place.upload_url, packed.getvalue(), headers={"Content-Type": "application/zip"}, timeout=60)
        build = {"runtime": RUNTIME, "entry_point": "main", "source": {"storage_source": place.storage_source}}
        wanted = {"build_config": build, "service_config": {"environment_variables": {"THREADS": "1"}} | service}
        request = {"parent": project.parent, "function_id": name, "function": wanted}
        made = client.create_function(request=request).result(timeout=60)
        return Tiny(made, id_credentials(project.credentials, made.service_config.uri, None))

    return deploy
