"""What a doctor is told of Google Cloud Functions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from corral_core.testing.proxy import proxy
from corral_gcf.diagnosis import findings
from corral_gcf.executor import GcfExecutor
from corral_gcf.settings import GcfSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_core.diagnosis import Finding
    from corral_gcf.testing import LocalGcp

pytestmark = [pytest.mark.servers]

WELL = ["credentials", "project", "python", "rights", "clock", "functions"]
PERMISSIONS = "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER"
FUNCTIONS = "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDFUNCTIONS"


def found(**settings: Any) -> dict[str, Finding]:
    return {finding.what: finding for finding in findings(GcfSettings(**settings))}


def test_all_is_well_and_nothing_is_changed(gcp: LocalGcp) -> None:
    told = list(GcfExecutor(GcfSettings(), 1).diagnose())
    assert [(finding.what, finding.state) for finding in told] == [(what, "ok") for what in WELL]
    assert gcp.changes == []
    key = json.loads(Path(gcp.env["GOOGLE_APPLICATION_CREDENTIALS"]).read_text())
    assert key["private_key"] not in str(told)
    assert key["client_email"] in told[0].detail


def test_rights_that_are_missing_are_listed(gcp: LocalGcp) -> None:
    gcp.control.ungranted = frozenset({"cloudfunctions.functions.create", "iam.serviceAccounts.actAs"})
    told = found()
    assert told["rights to deploy"].state == "failed"
    assert told["rights to deploy"].detail == "not allowed: cloudfunctions.functions.create"
    assert told["rights"].state == "warning"
    assert "roles/iam.serviceAccountUser" in told["rights"].remedy


def test_a_project_that_does_not_tell_is_no_failure(gcp: LocalGcp) -> None:
    gcp.control.denied = frozenset({"TestProjectPermissions"})
    finding = found()["rights"]
    assert finding.state == "warning"
    assert "cloudresourcemanager.googleapis.com" in finding.remedy


def test_an_api_that_is_off_fails_with_the_command(gcp: LocalGcp) -> None:
    gcp.control.disabled = True
    finding = found()["project"]
    assert finding.state == "failed"
    assert "gcloud services enable cloudfunctions.googleapis.com" in finding.remedy


def test_somebody_elses_function_fails(gcp: LocalGcp) -> None:
    name = "projects/corral-test/locations/us-central1/functions/corral-function"
    gcp.control.functions.by_name[name] = {"name": name, "labels": {"made-by": "hand"}}
    assert found()["project"].detail == "the function corral-function was not made by corral"


@pytest.mark.parametrize(("skew", "state"), [(-400, "failed"), (100, "warning")])
def test_a_clock_that_is_wrong_is_told(gcp: LocalGcp, monkeypatch: pytest.MonkeyPatch, skew: int, state: str) -> None:
    with proxy(gcp.env[PERMISSIONS]) as network:
        network.skew = skew
        monkeypatch.setenv(PERMISSIONS, network.server.url)
        assert found()["clock"].state == state


@pytest.mark.slow
def test_a_cloud_that_is_not_there_fails(gcp: LocalGcp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FUNCTIONS, "http://127.0.0.1:9")  # discard: nobody listens
    finding = found()["project"]
    assert finding.state == "failed"
    assert finding.detail.startswith("Google Cloud can't be reached")


@pytest.mark.parametrize(
    ("variable", "detail", "remedy"),
    [
        ("GOOGLE_APPLICATION_CREDENTIALS", "there are no Google credentials", "run gcloud auth application-default"),
        ("CLOUDSDK_FUNCTIONS_REGION", "no region is set", "give --gcf-region"),
    ],
)
def test_what_is_not_set_up_is_told_and_nobody_is_asked(
    gcp: LocalGcp, monkeypatch: pytest.MonkeyPatch, variable: str, detail: str, remedy: str
) -> None:
    monkeypatch.delenv(variable)
    (finding,) = findings(GcfSettings())
    assert (finding.what, finding.state) == ("account", "failed")
    assert finding.detail.startswith(detail)
    assert finding.remedy.startswith(remedy)
    assert gcp.calls == []


@pytest.mark.slow
def test_the_command_tells_it_with_the_bucket(corral: Callable[..., Any]) -> None:
    told = json.loads(corral("doctor", "--executor", "gcf", "gs://data/out", "--json").stdout)
    about = [row["about"] for row in told["findings"]]
    assert told["failed"] == 0
    assert about.count("executor gcf") == len(WELL)
    assert about.count("gs://data/out") == 3
