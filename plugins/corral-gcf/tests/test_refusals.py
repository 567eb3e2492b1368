"""What is refused before anything is deployed or written, with exit code 2 and one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from corral_core.errors import UsageError
from corral_core.executor import Bundle
from corral_core.tasks import JobRef
from corral_gcf.executor import GcfExecutor
from corral_gcf.settings import GcfSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from corral_gcf.testing import LocalGcp

pytestmark = [pytest.mark.servers, pytest.mark.slow]


@pytest.fixture
def refused(gcp: LocalGcp, corral: Callable[..., Any], tmp_path: Path) -> Callable[..., str]:
    """Runs a job with more flags, and gives why it was refused."""
    gcp.put("gs://data/in.txt", b"a\n")
    (tmp_path / "here" / "job.py").write_text("from corral_core import Job\njob = Job(lambda k, v: [(v, 1)])\n")

    def refused(*flags: str, inputs: str = "gs://data/in.txt", out: str = "gs://data/out") -> str:
        done = corral("--executor", "gcf", "job.py", inputs, "--out", out, *flags, code=2)
        assert gcp.changes == []
        assert list(gcp.objects("gs://data")) == ["in.txt"]
        *steps, why = done.stderr.splitlines()
        assert not any(step.startswith("corral: ") for step in steps)
        assert why.startswith("corral: ")
        return str(why)

    return refused


def test_local_input_and_output(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("a\n")
    assert str(tmp_path / "in.txt") in refused(inputs=str(tmp_path / "in.txt"))
    assert str(tmp_path / "out") in refused(out=str(tmp_path / "out"))


def test_buckets_that_are_not_there(refused: Callable[..., str]) -> None:
    assert "there is no bucket nowhere" in refused(inputs="gs://nowhere/in.txt")
    assert "there is no bucket nowhere" in refused(out="gs://nowhere/out")


def test_a_bucket_that_denies(gcp: LocalGcp, refused: Callable[..., str]) -> None:
    gcp.gcs.refusal = ("403 Forbidden", "forbidden")
    assert "gs://data/in.txt can't be read: access denied" in refused()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--gcf-memory", "100"), "gcfMemory from flag --gcf-memory: give 128 or more"),
        (("--gcf-memory", "40000"), "give 32768 or less"),
        (("--gcf-timeout", "0"), "give 1 or more"),
        (("--gcf-timeout", "3601"), "give 3600 or less"),
        (("--gcf-max-instances", "0"), "give 1 or more"),
        (("--gcf-cpu", "9"), "give 8.0 or less"),
        (("--gcf-function-name", "A_b"), "lower-case letters"),
        (("--gcf-service-account", "me"), "NAME@PROJECT"),
        (("--gcf-environment", "A"), "NAME=VALUE"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_settings_out_of_cloud_functions_range(refused: Callable[..., str], flags: tuple[str, ...], said: str) -> None:
    assert said in refused(*flags)


def test_no_credentials(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS")
    said = refused()
    assert "there are no Google credentials" in said
    assert "gcloud auth application-default login" in said


def test_no_region(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOUDSDK_FUNCTIONS_REGION")
    assert "--gcf-region" in refused()


def test_an_api_that_is_off(gcp: LocalGcp, refused: Callable[..., str]) -> None:
    gcp.control.disabled = True
    assert "gcloud services enable cloudfunctions.googleapis.com" in refused()


def test_an_account_without_rights(gcp: LocalGcp, refused: Callable[..., str]) -> None:
    gcp.control.denied = frozenset({"ListFunctions"})
    assert "the Google credentials don't allow it" in refused()


def test_somebody_elses_function(gcp: LocalGcp, refused: Callable[..., str]) -> None:
    name = "projects/corral-test/locations/us-central1/functions/corral-function"
    gcp.control.functions.by_name[name] = {"name": name, "labels": {"made-by": "hand"}}
    assert "the function corral-function was not made by corral" in refused()


@pytest.mark.parametrize("where", [{"reads": ("s3://in/a",)}, {"location": "s3://out"}], ids=["input", "output"])
def test_stores_that_functions_do_not_reach(gcp: LocalGcp, where: dict[str, Any]) -> None:
    executor = GcfExecutor(GcfSettings(), concurrency=1)
    with pytest.raises(UsageError, match=r"s3://.* is out of reach for Cloud Functions"):
        executor.check(Bundle(JobRef("file", "job.py"), **where))
    assert gcp.calls == []
