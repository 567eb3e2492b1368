"""S3's part of the stack: rclone over a folder, with a passage for the driver and one for the functions before it.

::

    driver ─────► s3 ────────┐
                             ├──► rclone ──► a folder for each bucket
    functions ──► worker_s3 ─┘
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from corral_core.testing.proxy import proxy
from corral_core.testing.servers import KEY, SECRET, s3_server

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from corral_core.testing.warden_process import Warden

__all__ = ["Buckets"]


class Buckets:
    """Started with the object.

    :param folder: whose folders are the buckets.
    :param initial: buckets that are there from the start, and after a reset.
    """

    def __init__(self, folder: Path, initial: Sequence[str], warden: Warden) -> None:
        self._folder = folder
        self._initial = initial
        self._warden = warden
        self._passages = ExitStack()
        self._server = ExitStack()
        url = self._serve()
        self.s3 = self._passages.enter_context(proxy(url))
        self.worker_s3 = self._passages.enter_context(proxy(url))

    def path(self, name: str) -> Path:
        """A bucket's folder; the bucket comes into being when there is none."""
        path = self._folder / name
        if not path.exists():
            # By S3: rclone remembers what it has listed, and would not see a new folder.
            import boto3

            given = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET, "region_name": "us-east-1"}
            boto3.client("s3", endpoint_url=self._url, **given).create_bucket(Bucket=name)
        return path

    def reset(self) -> None:
        """Empty buckets, and nothing in the way to them."""
        self._server.close()
        shutil.rmtree(self._folder)
        upstream = urlsplit(self._serve())
        for passage in (self.s3, self.worker_s3):
            passage.host, passage.port = upstream.hostname, upstream.port
            passage.reset()

    def close(self) -> None:
        """End the servers."""
        self._passages.close()
        self._server.close()

    def _serve(self) -> str:
        self._folder.mkdir()
        server = self._server.enter_context(s3_server(self._folder, *self._initial))
        self._warden.tell(f"+{server.pid}")
        self._server.callback(self._warden.tell, f"-{server.pid}")
        self._url = server.url
        return server.url
