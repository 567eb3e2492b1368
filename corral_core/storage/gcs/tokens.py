"""Who asks: access tokens, from where Google's own tools take credentials, renewed before they expire.

Within a Cloud Run service, which a function is, the metadata server is asked directly: google-auth would do the same,
after a cold start that is longer by its import.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import aiohttp

__all__ = ["NO_CREDENTIALS", "Tokens", "source_of", "tokens_for"]

NO_CREDENTIALS = (
    "no credentials: looked at GOOGLE_APPLICATION_CREDENTIALS, at what `gcloud auth application-default login` leaves, "
    "and at the machine's metadata server"
)

_SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"
_EARLY = 240.0
"""Seconds before its end that a token is renewed: the metadata server has a new one from five minutes before on."""
_TOKEN = "/computeMetadata/v1/instance/service-accounts/default/token"  # noqa: S105  (a place, no secret)


class Tokens(Protocol):
    """Gives tokens, in the loop."""

    found: bool
    """Whether there are credentials at all. Public objects need none."""

    async def token(self, *, renewed: bool = False) -> str:
        """A token that is good for some minutes; empty without credentials.

        :param renewed: not the last one, which was refused.
        """
        ...

    @property
    def source(self) -> str:
        """Where they come from, for people; after the first token."""
        ...


def tokens_for(http: aiohttp.ClientSession, *, emulated: bool) -> Tokens:
    """The source that is right here."""
    if emulated:
        return _Nobody()
    if "K_SERVICE" in os.environ and "GOOGLE_APPLICATION_CREDENTIALS" not in os.environ:
        return _Metadata(http)
    return _GoogleAuth()


class _Nobody:
    """Emulators ask for no token."""

    found = True

    source = "nobody, since STORAGE_EMULATOR_HOST is set"

    async def token(self, *, renewed: bool = False) -> str:  # noqa: ARG002  (there is none to renew)
        return ""


class _Metadata:
    """The service account of the place where this runs."""

    found = True
    source = "the metadata server"

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._token, self._until = "", 0.0
        self._lock = asyncio.Lock()

    async def token(self, *, renewed: bool = False) -> str:
        async with self._lock:
            if renewed or time.monotonic() > self._until:
                host = os.environ.get("GCE_METADATA_HOST", "metadata.google.internal")
                headers = {"Metadata-Flavor": "Google"}
                async with self._http.get(f"http://{host}{_TOKEN}", headers=headers) as answer:
                    answer.raise_for_status()
                    found = await answer.json()
                self._token = found["access_token"]
                self._until = time.monotonic() + found["expires_in"] - _EARLY
            return self._token


class _GoogleAuth:
    """Application Default Credentials."""

    def __init__(self) -> None:
        self.found = True
        self._credentials: Any = None
        self._lock = asyncio.Lock()

    async def token(self, *, renewed: bool = False) -> str:
        if not self.found:
            return ""
        async with self._lock:
            if renewed or self._credentials is None or not self._credentials.valid:
                await asyncio.to_thread(self._refresh)
            return str(self._credentials.token) if self.found else ""

    @property
    def source(self) -> str:
        return source_of(self._credentials)

    def _refresh(self) -> None:
        import google.auth
        from google.auth.exceptions import DefaultCredentialsError
        from google.auth.transport.requests import Request

        try:
            if self._credentials is None:
                self._credentials, _ = google.auth.default(scopes=[_SCOPE])
            self._credentials.refresh(Request())
        except DefaultCredentialsError:
            self.found = False


def source_of(credentials: Any) -> str:
    """Where google-auth has found credentials, for people; no secret."""
    module, account = type(credentials).__module__, getattr(credentials, "service_account_email", "")
    file = os.environ.get("GOOGLE_APPLICATION_CREDENTIALS", "")
    if module == "google.oauth2.service_account":
        return f"the key of {account}" + (f" in {file}" if file else "")
    if module == "google.oauth2.credentials":
        return file or "what gcloud auth application-default login left"
    if module == "google.auth.compute_engine.credentials":
        return f"the machine's metadata server, for its service account {account}"
    if module == "google.auth.impersonated_credentials":
        return f"{account}, who is impersonated"
    return file or module.removeprefix("google.auth.")
