"""The whole stack, started and ended as one."""

from __future__ import annotations

import os
import tempfile
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self
from unittest.mock import patch

from corral_core.testing.loop import LoopThread
from corral_core.testing.servers import aws_environment, moto_server
from corral_core.testing.warden_process import Warden
from corral_lambda.testing.backend import Backend, Options
from corral_lambda.testing.buckets import Buckets
from corral_lambda.testing.emulator import emulator

if TYPE_CHECKING:
    from types import TracebackType

    from corral_core.testing.proxy import Proxy
    from corral_lambda.testing.calls import Call
    from corral_lambda.testing.front import Front

__all__ = ["LocalAws"]

_REGION = "us-east-1"
_SESSION_TOKEN = "corral-test-session-token"  # noqa: S105  (opens nothing)


class LocalAws(AbstractContextManager["LocalAws"]):
    """AWS's Lambda, IAM, STS, CloudWatch Logs and S3 on this machine, while the block runs.

    :param buckets: that are there from the start.
    :param concurrency: invocations at once; one more is answered with 429.
    :param environments: execution environments at once, two processes each; by default two for each core.
    :param memory_factor: how many times its configured memory a function may use.
    """

    env: dict[str, str]
    """What leads boto3, s3fs and the ``corral`` command here, and keeps them away from accounts and profiles."""
    s3: Proxy
    """What the driver's requests to S3 pass through: counts, faults, latency, bandwidth."""
    worker_s3: Proxy
    """The same for the functions' requests."""
    front: Front
    """What all other calls pass through: faults of invocations, delays."""

    def __init__(
        self, *buckets: str, concurrency: int = 100, environments: int | None = None, memory_factor: float = 1.0
    ) -> None:
        self._initial = buckets
        self._concurrency = concurrency
        self._environments = environments or 2 * (os.cpu_count() or 1)
        self._memory_factor = memory_factor
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._start(stack)
            self._open = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

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

    def environment(self, **more: str) -> AbstractContextManager[object]:
        """AWS's tools in this process find the stack while the block runs."""
        return patch.dict(os.environ, self.env | more)

    def bucket(self, name: str) -> Path:
        """Make a bucket, unless there is one.

        :returns: its folder on disk, in which objects are files, to look at. Put objects there through S3.
        """
        return self._buckets.path(name)

    def reset(self) -> None:
        """An empty account, empty buckets, no faults, no calls noted; as at the start, but quickly."""
        self._loop.run(self._backend.reset())
        self.front.reset()
        self.concurrency = self._concurrency
        self._buckets.reset()

    def _start(self, stack: ExitStack) -> None:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="corral-aws-", ignore_cleanup_errors=True))
        )
        warden = Warden(folder)
        stack.callback(warden.close)
        self._buckets = Buckets(folder / "buckets", self._initial, warden)
        stack.callback(self._buckets.close)
        self.s3, self.worker_s3 = self._buckets.s3, self._buckets.worker_s3
        moto = stack.enter_context(moto_server())
        warden.tell(f"+{moto.pid}")
        self._loop = LoopThread("corral-local-aws")
        stack.callback(self._loop.close)
        options = Options(
            folder=folder,
            emulator=emulator(),
            moto=moto.url,
            region=_REGION,
            concurrency=self._concurrency,
            environments=self._environments,
            memory_factor=self._memory_factor,
            announce=warden.tell,
        )
        self._serve(stack, options)

    def _serve(self, stack: ExitStack, options: Options) -> None:
        async def make() -> Backend:
            return Backend(options)

        self._backend = self._loop.run(make())
        self.front = self._backend.front
        stack.callback(lambda: self._loop.run(self._backend.close()))
        url = self._loop.run(self._backend.start(self._function_variables))
        self.env = _variables(url, self.s3)

    def _function_variables(self, url: str) -> dict[str, str]:
        return _variables(url, self.worker_s3) | {"AWS_REGION": _REGION, "AWS_SESSION_TOKEN": _SESSION_TOKEN}


def _variables(url: str, s3: Proxy) -> dict[str, str]:
    return aws_environment(url) | {"AWS_ENDPOINT_URL_S3": s3.server.url}
