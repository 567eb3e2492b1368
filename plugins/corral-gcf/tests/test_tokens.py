"""Whose credentials give ID tokens, and who calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from google.auth import compute_engine, impersonated_credentials
from google.auth.credentials import AnonymousCredentials
from google.oauth2 import credentials as users
from google.oauth2 import service_account

from corral_core.errors import UsageError
from corral_gcf.testing.identity import DRIVER
from corral_gcf.tokens import caller_of, id_credentials

if TYPE_CHECKING:
    from corral_gcf.project import Project

URL = "https://fn.example"


@pytest.mark.servers
def test_a_service_accounts_key_gives_its_own(project: Project) -> None:
    found = id_credentials(project.credentials, URL, None)
    assert isinstance(found, service_account.IDTokenCredentials)
    assert caller_of(project.credentials, None) == f"serviceAccount:{DRIVER}"


@pytest.mark.servers
def test_an_impersonated_account_gives_its_own(project: Project) -> None:
    found = id_credentials(project.credentials, URL, "etl@p.iam.gserviceaccount.com")
    assert isinstance(found, impersonated_credentials.IDTokenCredentials)
    assert caller_of(project.credentials, "etl@p.iam.gserviceaccount.com") == (
        "serviceAccount:etl@p.iam.gserviceaccount.com"
    )


def test_who_a_machine_is_is_not_known_before_it_asked() -> None:
    assert caller_of(compute_engine.Credentials(), None) is None


@pytest.mark.parametrize("source", [users.Credentials("token"), AnonymousCredentials()], ids=["user", "nobody"])
def test_people_are_told_to_name_a_service_account(source: object) -> None:
    with pytest.raises(UsageError, match=r"--gcf-invoker.*--impersonate-service-account"):
        id_credentials(source, URL, None)
