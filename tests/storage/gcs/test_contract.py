"""The Storage contract on a real server."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from corral_core.storage.gcs.storage import GCSStorage
from corral_core.testing.storages import StorageSuite

if TYPE_CHECKING:
    from corral_core.testing.proxy import Proxy

pytestmark = pytest.mark.servers


class TestGCS(StorageSuite):
    scheme = "gs"

    @pytest.fixture
    def storage(self, network: Proxy) -> GCSStorage:
        return GCSStorage(self.scheme)

    @pytest.fixture
    def base(self) -> str:
        return f"{self.scheme}://bucket/{uuid4()}"


class TestTheOtherScheme(TestGCS):
    scheme = "gcs"
