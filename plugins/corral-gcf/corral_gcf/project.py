"""The Google Cloud project that a run works in: credentials, region, clients. Google's SDK is imported with the first.

Clients go where gcloud is sent by ``CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDFUNCTIONS``, ``..._RUN`` and
``..._CLOUDRESOURCEMANAGER``.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from corral_core.errors import CorralError, ExecutorUnavailable, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Project", "asking"]

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_REGIONS = ("CLOUDSDK_FUNCTIONS_REGION", "CLOUDSDK_RUN_REGION", "CLOUDSDK_COMPUTE_REGION", "GOOGLE_CLOUD_REGION")
_FUNCTIONS, _RUN = "https://cloudfunctions.googleapis.com", "https://run.googleapis.com"
_PROJECTS = "https://cloudresourcemanager.googleapis.com"
_QUICK = 8
"""Seconds."""
_ENABLE = (
    "gcloud services enable cloudfunctions.googleapis.com run.googleapis.com cloudbuild.googleapis.com "
    "artifactregistry.googleapis.com"
)


class Project:
    """A project and a region of it.

    :param name: by default that of the credentials, or what GOOGLE_CLOUD_PROJECT says.
    :param region: by default what gcloud's variables say.
    :raises UsageError: for no credentials, no project, or no region.
    """

    def __init__(self, name: str | None = None, region: str | None = None) -> None:
        import google.auth
        from google.auth.exceptions import DefaultCredentialsError

        try:
            self.credentials, found = google.auth.default(scopes=[_SCOPE])
        except DefaultCredentialsError as error:
            raise UsageError(
                "there are no Google credentials: looked at GOOGLE_APPLICATION_CREDENTIALS, at what gcloud left and at "
                f"the metadata server ({_one_line(error)}); run gcloud auth application-default login"
            ) from error
        name = name or found
        region = region or next((os.environ[one] for one in _REGIONS if os.environ.get(one)), None)
        if not name:
            raise UsageError("no Google Cloud project is set: give --gcf-project, or set GOOGLE_CLOUD_PROJECT")
        if not region:
            raise UsageError(f"no region is set: give --gcf-region, such as us-central1, or set {_REGIONS[0]}")
        self.name, self.region = name, region
        self._functions: Any = None

    @property
    def parent(self) -> str:
        """What its functions' full names begin with."""
        return f"projects/{self.name}/locations/{self.region}"

    def functions(self) -> Any:
        """The client of Cloud Functions, the same each time. Over REST, which any proxy lets pass."""
        if self._functions is None:
            from google.cloud.functions_v2 import FunctionServiceClient
            from google.cloud.functions_v2.services.function_service.transports import FunctionServiceRestTransport

            where = urlsplit(_endpoint("CLOUDFUNCTIONS", _FUNCTIONS))
            transport = FunctionServiceRestTransport(
                host=where.netloc, url_scheme=where.scheme, credentials=self.credentials
            )
            self._functions = FunctionServiceClient(transport=transport)
        return self._functions

    def allowed(self, permissions: Sequence[str]) -> tuple[set[str], str | None]:
        """Which of these the project gives to these credentials, and when it said so, as HTTP has it. A resource within
        may give more.
        """
        from google.api_core.exceptions import from_http_response
        from google.auth.transport.requests import AuthorizedSession

        url = f"{_endpoint('CLOUDRESOURCEMANAGER', _PROJECTS)}/v3/projects/{self.name}:testIamPermissions"
        with AuthorizedSession(self.credentials, refresh_timeout=_QUICK) as session:
            answer = session.post(url, json={"permissions": list(permissions)}, timeout=_QUICK)
        if not answer.ok:
            raise from_http_response(answer)
        return set(answer.json().get("permissions", ())), answer.headers.get("Date")

    def run(self, method: str, service: str, verb: str, content: Any = None) -> dict[str, Any]:
        """Ask Cloud Run, which serves the functions, about a service.

        :param service: its full name.
        """
        from google.api_core.exceptions import from_http_response
        from google.auth.transport.requests import AuthorizedSession

        url = f"{_endpoint('RUN', _RUN)}/v2/{service}:{verb}"
        with AuthorizedSession(self.credentials) as session:
            answer = session.request(method, url, json=content, timeout=60)
        if not answer.ok:
            raise from_http_response(answer)
        found: dict[str, Any] = answer.json()
        return found


def _endpoint(api: str, default: str) -> str:
    return os.environ.get(f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api}", default).rstrip("/")


@contextmanager
def asking() -> Iterator[None]:
    """Turn what Google's SDK raises in the block into corral's errors.

    :raises UsageError: when the credentials don't allow a call, an API is off, or Google finds an argument wrong.
    :raises ExecutorUnavailable: when Google can't be reached or fails, or somebody else answered in its place.
    """
    import requests
    from google.api_core import exceptions as sdk
    from google.auth import exceptions as auth
    from google.protobuf.json_format import ParseError  # type: ignore[import-untyped]  # (protobuf ships no types)

    try:
        yield
    except CorralError:
        raise
    except sdk.GoogleAPICallError as error:
        raise _told(error) from error
    except auth.RefreshError as error:
        raise UsageError(f"Google does not accept the credentials: {_one_line(error)}; renew them") from error
    except (ParseError, requests.JSONDecodeError) as error:
        raise ExecutorUnavailable(
            f"the answer is not one of Google's ({_one_line(error)}): look at proxies (HTTPS_PROXY)"
        ) from error
    except (sdk.GoogleAPIError, auth.GoogleAuthError, requests.RequestException) as error:
        raise ExecutorUnavailable(f"Google Cloud can't be reached: {_one_line(error)}") from error


def _told(error: Any) -> CorralError:
    from google.api_core import exceptions as sdk

    said = _one_line(error.message)
    if getattr(error, "reason", None) == "SERVICE_DISABLED" or "it is disabled" in said:
        return UsageError(f"an API is off in the project: {said}; switch it on with {_ENABLE}")
    if isinstance(error, sdk.Unauthorized):
        return UsageError(f"Google does not accept the credentials: {said}; renew them")
    if isinstance(error, sdk.Forbidden):
        return UsageError(
            f"the Google credentials don't allow it: {said}; docs/howto/google-cloud-functions.md lists the rights"
        )
    wrong = isinstance(error, sdk.ClientError) and not isinstance(error, sdk.TooManyRequests)
    return (UsageError if wrong else ExecutorUnavailable)(f"Google Cloud answered {said}")


def _one_line(error: object) -> str:
    return " ".join(str(error).split()).rstrip(".")
