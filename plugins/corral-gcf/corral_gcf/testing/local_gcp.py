"""The whole stack, started and ended as one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from corral_core.testing.faults import gcs_kind
from corral_core.testing.proxy import proxy
from corral_core.testing.servers import ask, gcs_environment, gcs_server
from corral_core.testing.stack import LocalStack
from corral_gcf.testing.backend import Backend, Options
from corral_gcf.testing.functions import SOURCES, UPLOADS
from corral_gcf.testing.identity import PROJECT, UNIVERSE, key_file

if TYPE_CHECKING:
    from contextlib import ExitStack

    from corral_core.testing.invoke_faults import InvokeFaults
    from corral_core.testing.proxy import Proxy
    from corral_gcf.testing.calls import Call
    from corral_gcf.testing.control import Control
    from corral_gcf.testing.identity import Identity

__all__ = ["LocalGcp"]

_REGION = "us-central1"


class LocalGcp(LocalStack):
    """Cloud Functions, Cloud Run's side of them, and Cloud Storage on this machine, while the block runs.

    :param buckets: that are there from the start.
    :param instances: processes that serve functions at once; by default two for each core.
    """

    gcs: Proxy
    """What the driver's requests to Cloud Storage pass through: counts, faults, latency, bandwidth."""
    worker_gcs: Proxy
    """The same for the functions' requests."""

    def __init__(self, *buckets: str, instances: int | None = None) -> None:
        super().__init__("gcp")
        self._initial = buckets
        self._instances = instances or 2 * (os.cpu_count() or 1)

    @property
    def calls(self) -> list[Call]:
        """All calls but Cloud Storage's, in the order of their coming."""
        return self._backend.calls

    @property
    def changes(self) -> list[str]:
        """What of them has changed the project."""
        return [call.operation for call in self.calls if call.changes]

    @property
    def control(self) -> Control:
        """The control plane: functions, policies, and what is in their way."""
        return self._backend.control

    @property
    def identity(self) -> Identity:
        """Who issues tokens."""
        return self._backend.identity

    @property
    def faults(self) -> InvokeFaults:
        """What invocations meet."""
        return self._backend.faults

    def put(self, path: str, content: bytes) -> str:
        """Write an object, ``gs://bucket/name``; its path again."""
        bucket, _, name = path.removeprefix("gs://").partition("/")
        self.loop.run(self._backend.objects.put(bucket, name, content))
        return path

    def objects(self, below: str) -> dict[str, bytes]:
        """The objects below ``gs://bucket/prefix``, by the rest of their names."""
        bucket, _, prefix = below.removeprefix("gs://").partition("/")

        async def all_of_it() -> dict[str, bytes]:
            names = [name for name in await self._backend.objects.names(bucket) if name.startswith(prefix)]
            found = {name: await self._backend.objects.get(bucket, name) for name in names}
            return {name.removeprefix(prefix).lstrip("/"): data for name, data in found.items() if data is not None}

        return self.loop.run(all_of_it())

    def sources(self) -> list[str]:
        """What Google's own buckets hold of uploads and sources."""
        return [f"{bucket}/{name}" for bucket in (UPLOADS, SOURCES) for name in self.objects(f"gs://{bucket}")]

    def reset(self) -> None:
        """An empty project, empty buckets, no faults, no calls noted; as at the start, but quickly."""
        self.loop.run(self._backend.reset(self._initial))
        for passage in (self.gcs, self.worker_gcs):
            passage.reset()

    def start(self, stack: ExitStack) -> None:
        """Start Cloud Storage and the control plane, and set the variables that lead google-auth,
        google-cloud-functions and the command to them."""
        server = stack.enter_context(gcs_server())
        self.warden.tell(f"+{server.pid}")
        self.gcs = stack.enter_context(proxy(server.url, gcs_kind))
        self.worker_gcs = stack.enter_context(proxy(server.url, gcs_kind))
        # One address for all: chunks of a worker's uploads pass the driver's proxy.
        ask(f"{server.url}/_internal/config", "PUT", {"externalUrl": self.gcs.server.url})
        self._serve(stack, Options(self.folder, server.url, self._instances, self.warden.tell))
        self.reset()

    def _serve(self, stack: ExitStack, options: Options) -> None:
        async def make() -> Backend:
            return Backend(options)

        self._backend = self.loop.run(make())
        stack.callback(lambda: self.loop.run(self._backend.close()))
        url = self.loop.run(self._backend.start(self._function_variables))
        key = options.folder / "key.json"
        key.write_text(key_file(f"{url}/token"), encoding="ascii")
        self.env = gcs_environment(self.gcs.server.url) | {
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDFUNCTIONS": url,
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER": url,
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN": url,
            "CLOUDSDK_FUNCTIONS_REGION": _REGION,
            "GOOGLE_APPLICATION_CREDENTIALS": str(key),
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "GOOGLE_CLOUD_UNIVERSE_DOMAIN": UNIVERSE,
        }

    def _function_variables(self, url: str) -> dict[str, str]:
        host = url.removeprefix("http://")
        return {"STORAGE_EMULATOR_HOST": self.worker_gcs.server.url, "GCE_METADATA_HOST": host}
