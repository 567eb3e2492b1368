"""A real server of GCS's API, one for all tests of a session, and a storage that talks to it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from unittest.mock import patch
from uuid import uuid4

import pytest

from corral_core.storage.gcs.storage import GCSStorage
from corral_core.testing.faults import gcs_kind
from corral_core.testing.proxy import proxy
from corral_core.testing.servers import ask, gcs_environment, gcs_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_core.testing.proxy import Proxy
    from corral_core.testing.servers import Server


@pytest.fixture(scope="session")
def gcs() -> Iterator[Server]:
    with gcs_server("bucket") as server:
        yield server


@pytest.fixture
def network(gcs: Server) -> Iterator[Proxy]:
    """A proxy before the server, which this process's storages talk to."""
    with proxy(gcs.url, gcs_kind) as made, patch.dict(os.environ, gcs_environment(made.server.url)):
        ask(f"{gcs.url}/_internal/config", "PUT", {"externalUrl": made.server.url})  # where chunks are sent
        yield made


@pytest.fixture
def storage() -> GCSStorage:
    return GCSStorage()


@pytest.fixture
def base() -> str:
    return f"gs://bucket/{uuid4()}"
