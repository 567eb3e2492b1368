"""The Storage contract on real servers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from corral_core.testing.storages import StorageSuite

if TYPE_CHECKING:
    from corral_core.storage.api import Storage
    from corral_core.storage.s3.storage import S3Storage

pytestmark = pytest.mark.servers


class TestMoto(StorageSuite):
    """moto keeps all of the contract, conditions on writes included; by either scheme."""

    @pytest.fixture
    def storage(self, on_moto: S3Storage) -> S3Storage:
        return on_moto

    @pytest.fixture
    def base(self, on_moto: S3Storage) -> str:
        return f"{on_moto.scheme}://bucket/{uuid4()}"


class TestRclone(StorageSuite):
    """rclone ignores ``If-None-Match``, so what depends on it is left to moto."""

    @pytest.fixture
    def storage(self, on_rclone: S3Storage) -> S3Storage:
        on_rclone.exclusive = False  # rclone 1.75 lets every writer win
        return on_rclone

    @pytest.fixture
    def base(self) -> str:
        return f"s3://bucket/{uuid4()}"

    def test_exclusive_creation_refuses_a_taken_name(self, storage: Storage, base: str) -> None:
        pytest.skip("rclone 1.75 ignores If-None-Match, on PutObject and on CompleteMultipartUpload")
