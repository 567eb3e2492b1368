"""What is wrong is told with its way out, as an OSError of the right kind."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from corral_core.errors import InputError
from corral_core.storage.s3 import client
from corral_core.testing.servers import aws_environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from corral_core.storage.s3.storage import S3Storage
    from corral_core.testing.proxy import Proxy
    from corral_core.testing.servers import Server

pytestmark = pytest.mark.servers

PATH = "s3://bucket/some/file"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ATTEMPTS", 1)
    monkeypatch.setattr(client, "ROUNDS", 1)


def write(storage: S3Storage) -> None:
    with storage.create(PATH) as stream:
        stream.write(b"x")


def read(storage: S3Storage) -> None:
    with storage.open(PATH) as stream:
        stream.read()


WORKS: list[Callable[[S3Storage], object]] = [
    lambda storage: storage.stat(PATH),
    lambda storage: storage.list("s3://bucket/some/*"),
    lambda storage: storage.delete([PATH]),
    write,
    read,
]
each_work = pytest.mark.parametrize("work", WORKS, ids=["stat", "list", "delete", "write", "read"])


@each_work
@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (("403 Forbidden", "AccessDenied"), (PermissionError, "access denied: the credentials lack a permission")),
        (("400 Bad Request", "ExpiredToken"), (PermissionError, "the credentials have expired: get new ones")),
        (("403 Forbidden", "RequestTimeTooSkewed"), (PermissionError, "this machine's clock is wrong")),
        (
            ("400 Bad Request", "IllegalLocationConstraintException"),
            (OSError, "the bucket is in another region: set AWS_REGION"),
        ),
        (("503 Slow Down", "SlowDown"), (OSError, "kept asking for fewer requests: lower maxConcurrency")),
        (
            ("418 I'm a teapot", "Teapot"),
            (OSError, "] the store answered Teapot: (?!.*Errno|.*error occurred)"),
        ),
    ],
    ids=lambda value: value[1] if isinstance(value[0], str) else "",
)
def test_a_refusal_says_why(
    network: Proxy,
    storage: S3Storage,
    work: Callable[[S3Storage], object],
    refusal: tuple[str, str],
    told: tuple[type[OSError], str],
) -> None:
    network.refusal = refusal
    kind, words = told
    with pytest.raises(kind, match=words) as caught:
        work(storage)
    assert str(caught.value.filename).startswith("s3://bucket")


@pytest.mark.parametrize("path", ["s3://", "s3:///some/file"])
def test_a_path_without_a_bucket_is_refused(storage: S3Storage, path: str) -> None:
    with pytest.raises(InputError, match=f"^{path} names no bucket: give s3://BUCKET/PATH$"):
        storage.list(path)


@pytest.mark.parametrize("path", ["s3://nowhere/some/file", "s3://nowhere", "s3://nowhere/*"])
def test_a_bucket_that_is_not_there_is_named(rclone: Server, storage: S3Storage, path: str) -> None:
    with rclone.environment(), pytest.raises(FileNotFoundError, match="there is no bucket nowhere"):
        storage.list(path)


def test_without_credentials_the_sources_that_were_looked_at_are_named(
    rclone: Server, storage: S3Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rclone.environment():
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        with pytest.raises(PermissionError, match=r"no credentials: looked at AWS_ACCESS_KEY_ID.*AWS_PROFILE.*file"):
            storage.stat(PATH)


@pytest.mark.parametrize("wrong", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_wrong_credentials_are_said_to_be_unknown(rclone: Server, storage: S3Storage, wrong: str) -> None:
    with rclone.environment(**{wrong: "wrong-one"}), pytest.raises(PermissionError, match="does not know these"):
        storage.stat(PATH)


def test_a_profile_that_is_in_no_file_is_named(rclone: Server, storage: S3Storage) -> None:
    with rclone.environment(AWS_PROFILE="nobody"), pytest.raises(OSError, match="nobody"):
        storage.stat(PATH)


def test_a_store_that_is_not_there_can_not_be_reached(
    storage: S3Storage, unused: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in aws_environment(unused).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(OSError, match="the store can't be reached") as caught:
        storage.stat(PATH)
    assert caught.value.errno == errno.EHOSTUNREACH


@pytest.fixture
def unused() -> str:
    """An address where nobody listens: port 9 is that of the discard service."""
    return "http://127.0.0.1:9"


def test_profiles_regions_and_endpoints_come_from_aws_own_files(
    rclone: Server, storage: S3Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = aws_environment(rclone.url)
    (tmp_path / "config").write_text(f"[profile work]\nregion = eu-west-1\nendpoint_url = {rclone.url}\n")
    (tmp_path / "credentials").write_text(
        f"[work]\naws_access_key_id = {keys['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {keys['AWS_SECRET_ACCESS_KEY']}\n"
    )
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    assert storage.list("s3://bucket/nothing") == []


def test_the_endpoint_of_s3_comes_before_that_of_all_services(rclone: Server, storage: S3Storage, unused: str) -> None:
    with rclone.environment(AWS_ENDPOINT_URL=unused, AWS_ENDPOINT_URL_S3=rclone.url):
        assert storage.list("s3://bucket/nothing") == []
