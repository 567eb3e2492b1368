"""Real S3 servers, one of each for all tests of a session, and a storage that talks to them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from corral_core.storage.s3.storage import S3Storage
from corral_core.testing.proxy import proxy
from corral_core.testing.servers import moto_server, s3_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_core.testing.proxy import Proxy
    from corral_core.testing.servers import Server


@pytest.fixture(scope="session")
def rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with s3_server(tmp_path_factory.mktemp("s3"), "bucket") as server:
        yield server


@pytest.fixture(scope="session")
def moto() -> Iterator[Server]:
    with moto_server("bucket") as server:
        yield server


@pytest.fixture
def network(rclone: Server) -> Iterator[Proxy]:
    """A proxy before rclone, which this process's S3 storages talk to."""
    with proxy(rclone.url) as made, made.server.environment():
        yield made


@pytest.fixture
def network_to_moto(moto: Server) -> Iterator[Proxy]:
    """The same before moto, which keeps conditions."""
    with proxy(moto.url) as made, made.server.environment():
        yield made


@pytest.fixture
def storage() -> S3Storage:
    """It connects with its first request, to whatever the environment then says."""
    return S3Storage()


@pytest.fixture(scope="session", params=["s3", "s3a"])
def on_moto(request: pytest.FixtureRequest, moto: Server) -> S3Storage:
    return connected(S3Storage(request.param), moto)


@pytest.fixture(scope="session")
def on_rclone(rclone: Server) -> S3Storage:
    return connected(S3Storage(), rclone)


def connected(storage: S3Storage, server: Server) -> S3Storage:
    with server.environment():
        storage.list(f"{storage.scheme}://bucket/nothing")
    return storage


@pytest.fixture
def base() -> str:
    return f"s3://bucket/{uuid4()}"
