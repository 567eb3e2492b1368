"""What a doctor is told of S3, by real servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corral_core.storage.s3.credentials import source_of
from corral_core.testing.servers import SECRET

if TYPE_CHECKING:
    from pathlib import Path

    from corral_core.diagnosis import Finding
    from corral_core.storage.s3.storage import S3Storage
    from corral_core.testing.proxy import Proxy

pytestmark = pytest.mark.servers


def found(storage: S3Storage, path: str) -> dict[str, Finding]:
    findings = {finding.what: finding for finding in storage.diagnose(path)}
    assert SECRET not in str(findings)
    return findings


def states(storage: S3Storage, path: str) -> dict[str, str]:
    return {what: finding.state for what, finding in found(storage, path).items()}


def test_all_is_well_and_nothing_is_changed(network: Proxy, storage: S3Storage, base: str) -> None:
    with storage.create(f"{base}/a") as stream:
        stream.write(b"a")
    network.seen.clear()
    assert states(storage, base) == {"credentials": "ok", "list": "ok", "read": "ok", "clock": "ok"}
    assert found(storage, base)["credentials"].detail.endswith("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    assert set(network.counts) == {"LIST", "HEAD"}
    assert {seen.method for seen in network.seen} == {"GET", "HEAD"}


def test_a_place_with_nothing_in_it_is_well_too(network: Proxy, storage: S3Storage, base: str) -> None:
    assert states(storage, base) == {"credentials": "ok", "list": "ok", "clock": "ok"}
    assert "nothing is there yet" in found(storage, base)["list"].detail


def test_a_bucket_that_is_not_there(network: Proxy, storage: S3Storage) -> None:
    finding = found(storage, "s3://nobucket/a")["list"]
    assert (finding.state, finding.detail) == ("failed", "there is no bucket nobucket")


@pytest.mark.parametrize(
    ("refusal", "detail", "remedy"),
    [
        ("AccessDenied", "access denied", "have s3:ListBucket allowed on arn:aws:s3:::bucket"),
        ("ExpiredToken", "the credentials have expired", "get new ones"),
        ("InvalidAccessKeyId", "the store does not know these credentials", "check the access key"),
        ("RequestTimeTooSkewed", "this machine's clock is wrong", "set it"),
    ],
)
def test_a_refusal_is_told_with_what_helps(
    network: Proxy, storage: S3Storage, refusal: str, detail: str, remedy: str
) -> None:
    network.refusal = ("403 Forbidden", refusal)
    finding = found(storage, "s3://bucket/out")["list"]
    assert (finding.state, finding.detail) == ("failed", detail)
    assert finding.remedy.startswith(remedy)
    assert len(network.seen) == 1  # it is not asked again


def test_a_secret_that_is_wrong_is_told_and_not_shown(
    network: Proxy, storage: S3Storage, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    findings = found(storage, base)
    assert findings["list"].detail == "the store does not know these credentials"
    assert findings["clock"].state == "ok"  # a refusal has a date as well
    assert "hunter2" not in str(findings)


@pytest.mark.parametrize(("skew", "state"), [(-3600, "failed"), (100, "warning"), (0, "ok")])
def test_a_clock_that_is_wrong_is_told(network: Proxy, storage: S3Storage, base: str, skew: int, state: str) -> None:
    network.skew = skew
    assert states(storage, base)["clock"] == state


def test_a_store_that_is_not_there_is_told_at_once(
    network: Proxy, storage: S3Storage, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # discard: nobody listens
    finding = found(storage, base)["list"]
    assert finding.detail.startswith("the store can't be reached")
    assert "AWS_ENDPOINT_URL" in finding.remedy


def test_no_credentials_are_told_with_where_they_were_looked_for(
    network: Proxy, storage: S3Storage, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    finding = found(storage, base)["credentials"]
    assert finding.state == "failed"
    assert "~/.aws/credentials" in finding.detail
    assert network.seen == []


def test_a_profile_is_named(
    network: Proxy, storage: S3Storage, base: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_PROFILE", "etl")
    assert found(storage, base)["credentials"].state == "failed"  # there is no such profile
    (tmp_path / "credentials").write_text(f"[etl]\naws_access_key_id = a\naws_secret_access_key = {SECRET}\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    assert found(storage, base)["credentials"].detail == "from the profile etl in ~/.aws/credentials"


def test_a_source_that_is_not_known_is_told_in_its_own_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    assert source_of("iam-role") == "the instance's role"
    assert source_of("sso", "etl") == "single sign-on of the profile etl"
    assert source_of("telepathy") == "telepathy"
