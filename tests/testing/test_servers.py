from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from corral_core.storage.resolve import storage_for
from corral_core.testing.servers import process, s3_server, wait_for

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.servers

HOLDING = """
import sys
from pathlib import Path
from corral_core.testing.servers import s3_server
with s3_server(Path(sys.argv[1]), "bucket") as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""


def test_storages_of_a_process_follow_from_one_server_to_the_next(tmp_path: Path) -> None:
    for name in ("first", "second"):
        with s3_server(tmp_path / name, "bucket") as server, server.environment():
            with storage_for("s3://bucket/file").create("s3://bucket/file") as stream:
                stream.write(name.encode())
            assert (tmp_path / name / "bucket" / "file").read_text() == name


def listens(url: str) -> bool:
    with suppress(ConnectionRefusedError), socket.create_connection((urlsplit(url).hostname, urlsplit(url).port)):
        return True
    return False


@pytest.mark.parametrize("ending", ["killed", "left"])
def test_a_server_ends_with_its_test_however_that_ends(tmp_path: Path, ending: str) -> None:
    holding = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holding.stdout is not None
    url = holding.stdout.readline().strip()
    assert listens(url)
    if ending == "killed":
        holding.kill()
    holding.communicate(timeout=30)
    assert wait_for(lambda: not listens(url), 30)


def test_a_server_listens_until_the_block_ends(tmp_path: Path) -> None:
    with s3_server(tmp_path, "bucket") as server:
        assert listens(server.url)
    assert not listens(server.url)


def test_a_server_that_does_not_start_says_why() -> None:
    command = [sys.executable, "-c", "raise SystemExit('no bucket to be had')"]
    with pytest.raises(RuntimeError, match="did not start: no bucket to be had"), process(command):
        pass
