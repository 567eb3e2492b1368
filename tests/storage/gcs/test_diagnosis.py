"""What a doctor is told of Cloud Storage."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from aiohttp import web
from google.auth import compute_engine, impersonated_credentials
from google.auth.credentials import AnonymousCredentials
from google.oauth2 import credentials as users

from corral_core.storage.gcs.storage import GCSStorage
from corral_core.storage.gcs.tokens import source_of
from corral_core.testing.loop import LoopThread
from corral_core.testing.servers import gcs_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_core.diagnosis import Finding
    from corral_core.testing.proxy import Proxy

ALL = {"storage.objects.get", "storage.objects.list", "storage.objects.create", "storage.objects.delete"}


@pytest.fixture
def held() -> Iterator[set[str]]:
    """The permissions that a bucket says are held, by the one call that fake-gcs-server does not answer, as
    https://cloud.google.com/storage/docs/json_api/v1/buckets/testIamPermissions has it."""
    held = set(ALL)

    async def tell(request: web.Request) -> web.Response:
        asked = request.query.getall("permissions")
        return web.json_response({"permissions": [one for one in asked if one in held]})

    async def nothing(request: web.Request) -> web.Response:
        return web.json_response({})

    async def start() -> web.AppRunner:
        application = web.Application()
        application.router.add_get("/storage/v1/b/bucket/iam/testPermissions", tell)
        application.router.add_get("/storage/v1/b/bucket/o", nothing)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner

    loop = LoopThread("corral-test-permissions")
    runner = loop.run(start())
    with patch.dict(os.environ, gcs_environment(f"http://127.0.0.1:{runner.addresses[0][1]}")):
        yield held
    loop.run(runner.cleanup())
    loop.close()


def found(path: str) -> dict[str, Finding]:
    return {finding.what: finding for finding in GCSStorage().diagnose(path)}


def states(path: str) -> dict[str, str]:
    return {what: finding.state for what, finding in found(path).items()}


@pytest.mark.servers
def test_all_is_well_and_nothing_is_changed(network: Proxy, base: str) -> None:
    assert states(base) == {"credentials": "ok", "list": "ok", "clock": "ok"}
    assert {seen.method for seen in network.seen} == {"GET"}


@pytest.mark.servers
@pytest.mark.parametrize(("skew", "state"), [(-3600, "failed"), (100, "warning")])
def test_a_clock_that_is_wrong_is_told(network: Proxy, base: str, skew: int, state: str) -> None:
    network.skew = skew
    assert states(base)["clock"] == state
    assert states("gs://nobucket/a")["clock"] == state  # a refusal has a date as well


@pytest.mark.servers
def test_a_bucket_that_is_not_there(network: Proxy) -> None:
    finding = found("gs://nobucket/a")["list"]
    assert (finding.state, finding.detail) == ("failed", "there is no bucket nobucket")


@pytest.mark.servers
def test_a_refusal_is_told_and_not_asked_again(network: Proxy, base: str) -> None:
    network.refusal = ("503 Service Unavailable", "busy")
    assert found(base)["list"].detail.startswith("the store kept asking for fewer requests")
    assert len(network.seen) == 1


@pytest.mark.servers
def test_a_store_that_is_not_there_is_told(network: Proxy, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9")  # discard: nobody listens
    finding = found(base)["list"]
    assert finding.state == "failed"
    assert finding.detail.startswith("the store can't be reached")


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        (set(), {"read": "ok", "write": "ok"}),
        ({"storage.objects.delete"}, {"read": "ok", "write": "warning"}),
        ({"storage.objects.get"}, {"read": "failed", "write": "ok"}),
    ],
    ids=["none", "delete", "get"],
)
def test_what_the_bucket_allows_is_told(held: set[str], missing: set[str], expected: dict[str, str]) -> None:
    held -= missing
    findings = found("gs://bucket/out")
    assert {what: findings[what].state for what in expected} == expected
    for finding in findings.values():
        if finding.state in {"warning", "failed"}:
            assert finding.detail == f"{', '.join(missing)} is not allowed"
            assert finding.remedy.startswith("gcloud storage buckets add-iam-policy-binding gs://bucket ")


@pytest.mark.parametrize(
    ("credentials", "source"),
    [
        (users.Credentials("secret"), "what gcloud auth application-default login left"),
        (
            compute_engine.Credentials(service_account_email="a@b"),
            "the machine's metadata server, for its service account a@b",
        ),
        (impersonated_credentials.Credentials(AnonymousCredentials(), "a@b", []), "a@b, who is impersonated"),
        (AnonymousCredentials(), "credentials"),
    ],
    ids=["user", "machine", "impersonated", "other"],
)
def test_the_source_of_credentials_is_told_in_words(
    credentials: object, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    assert source_of(credentials) == source
