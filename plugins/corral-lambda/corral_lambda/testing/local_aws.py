"""The whole stack, started and ended as one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from corral_core.testing.servers import aws_environment, moto_server
from corral_core.testing.stack import LocalStack
from corral_lambda.testing.backend import Backend, Options
from corral_lambda.testing.buckets import Buckets
from corral_lambda.testing.emulator import emulator

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from corral_core.testing.proxy import Proxy
    from corral_lambda.testing.calls import Call
    from corral_lambda.testing.front import Front

__all__ = ["LocalAws"]

_REGION = "us-east-1"
_SESSION_TOKEN = "corral-test-session-token"  # noqa: S105  (opens nothing)


class LocalAws(LocalStack):
    """AWS's Lambda, IAM, STS, CloudWatch Logs and S3 on this machine, while the block runs.

    :param buckets: that are there from the start.
    :param concurrency: invocations at once; one more is answered with 429.
    :param environments: execution environments at once, two processes each; by default two for each core.
    :param memory_factor: how many times its configured memory a function may use.
    """

    s3: Proxy
    """What the driver's requests to S3 pass through: counts, faults, latency, bandwidth."""
    worker_s3: Proxy
    """The same for the functions' requests."""
    front: Front
    """What all other calls pass through: faults of invocations, delays."""

    def __init__(
        self, *buckets: str, concurrency: int = 100, environments: int | None = None, memory_factor: float = 1.0
    ) -> None:
        super().__init__("aws")
        self._initial = buckets
        self._concurrency = concurrency
        self._environments = environments or 2 * (os.cpu_count() or 1)
        self._memory_factor = memory_factor

    @property
    def calls(self) -> list[Call]:
        """All calls but S3's, in the order of their coming."""
        return self.front.calls

    @property
    def concurrency(self) -> int:
        """Invocations at once; may be set."""
        return self._backend.pool.concurrency

    @concurrency.setter
    def concurrency(self, limit: int) -> None:
        self._backend.pool.concurrency = limit

    @property
    def running(self) -> int:
        """Invocations that run or wait for an environment now."""
        return self._backend.pool.running

    def bucket(self, name: str) -> Path:
        """Make a bucket, unless there is one.

        :returns: its folder on disk, in which objects are files, to look at. Put objects there through S3.
        """
        return self._buckets.path(name)

    def reset(self) -> None:
        """An empty account, empty buckets, no faults, no calls noted; as at the start, but quickly."""
        self.loop.run(self._backend.reset())
        self.front.reset()
        self.concurrency = self._concurrency
        self._buckets.reset()

    def start(self, stack: ExitStack) -> None:
        """Start S3, moto and the emulator, and set the variables that lead boto3, s3fs and the command to them."""
        self._buckets = Buckets(self.folder / "buckets", self._initial, self.warden)
        stack.callback(self._buckets.close)
        self.s3, self.worker_s3 = self._buckets.s3, self._buckets.worker_s3
        moto = stack.enter_context(moto_server())
        self.warden.tell(f"+{moto.pid}")
        options = Options(
            folder=self.folder,
            emulator=emulator(),
            moto=moto.url,
            region=_REGION,
            concurrency=self._concurrency,
            environments=self._environments,
            memory_factor=self._memory_factor,
            announce=self.warden.tell,
        )
        self._serve(stack, options)

    def _serve(self, stack: ExitStack, options: Options) -> None:
        async def make() -> Backend:
            return Backend(options)

        self._backend = self.loop.run(make())
        self.front = self._backend.front
        stack.callback(lambda: self.loop.run(self._backend.close()))
        url = self.loop.run(self._backend.start(self._function_variables))
        self.env = _variables(url, self.s3)

    def _function_variables(self, url: str) -> dict[str, str]:
        return _variables(url, self.worker_s3) | {"AWS_REGION": _REGION, "AWS_SESSION_TOKEN": _SESSION_TOKEN}


def _variables(url: str, s3: Proxy) -> dict[str, str]:
    return aws_environment(url) | {"AWS_ENDPOINT_URL_S3": s3.server.url}
