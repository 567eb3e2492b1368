"""ID tokens: what calls carry, since the functions are not public. Good for an hour, renewed before they expire."""

from __future__ import annotations

import asyncio
from typing import Any

from corral_core.errors import ExecutorUnavailable, UsageError
from corral_gcf.project import asking

__all__ = ["IdTokens", "caller_of", "id_credentials"]

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"


class IdTokens:
    """Gives tokens for one function, in a loop.

    :param credentials: as :func:`id_credentials` makes them.
    """

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials
        self._lock = asyncio.Lock()

    async def header(self) -> dict[str, str]:
        """The header that lets a call in.

        :raises UsageError: when Google gives no token.
        """
        async with self._lock:
            if not self._credentials.valid:  # google-auth calls it expired some minutes before it is
                await asyncio.to_thread(self._refresh)
        return {"Authorization": f"Bearer {self._credentials.token}"}

    def _refresh(self) -> None:
        from google.auth.transport.requests import Request

        with asking():
            self._credentials.refresh(Request())
        if not self._credentials.token:
            raise ExecutorUnavailable("Google gave no ID token for the function: try again")


def id_credentials(source: Any, audience: str, invoker: str | None) -> Any:
    """Credentials whose tokens are for one function.

    :param source: the driver's own.
    :param audience: the function's address.
    :param invoker: a service account to call as.
    :raises UsageError: for users who log in as themselves, without an ``invoker``: Google gives them no token for it.
    """
    from google.auth import compute_engine, impersonated_credentials
    from google.auth.transport.requests import Request
    from google.oauth2 import service_account

    if invoker is not None:
        source = impersonated_credentials.Credentials(source, invoker, [_SCOPE])
    if isinstance(source, impersonated_credentials.Credentials):
        return impersonated_credentials.IDTokenCredentials(source, audience, include_email=True)
    if isinstance(source, service_account.Credentials):
        token_uri = source._token_uri
        return service_account.IDTokenCredentials(source.signer, source.service_account_email, token_uri, audience)
    if isinstance(source, compute_engine.Credentials):
        return compute_engine.IDTokenCredentials(Request(), audience, use_metadata_identity_endpoint=True)
    raise UsageError(_NO_WAY_IN)


def caller_of(source: Any, invoker: str | None) -> str | None:
    """Who calls, as a member of policies; None when the credentials don't tell."""
    address = invoker or getattr(source, "service_account_email", None)
    return f"serviceAccount:{address}" if address and address != "default" else None


_NO_WAY_IN = (
    "Google gives the driver's credentials no ID tokens, which calls of a function must carry: name a service account "
    "that you may impersonate with --gcf-invoker, or log in as one, with gcloud auth application-default login "
    "--impersonate-service-account=ACCOUNT"
)
