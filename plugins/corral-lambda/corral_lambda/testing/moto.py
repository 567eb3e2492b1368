"""The control planes behind the stack: moto, over HTTP."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

from corral_lambda.testing.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aiohttp

__all__ = ["Moto"]

_HOP = {"connection", "content-length", "date", "expect", "server", "transfer-encoding"}
"""Headers that belong to one connection, or that are written anew with the body."""


class Moto:
    """Its calls, forwarded or the stack's own."""

    def __init__(self, url: str, region: str, http: aiohttp.ClientSession) -> None:
        self._url = url
        self._region = region
        self._http = http

    async def forward(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Pass a request on as it came.

        :param target: path and query, as they stood in the request.
        """
        from yarl import URL

        kept = {name: value for name, value in headers.items() if name.lower() not in _HOP}
        url = URL(self._url + target, encoded=True)
        async with self._http.request(method, url, headers=kept, data=BytesIO(body) if body else None) as answer:
            back = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP}
            return Answer(answer.status, await answer.read(), back)

    async def get(self, service: str, target: str) -> Answer:
        """A reading call of a service that speaks REST."""
        return await self.forward("GET", target, self._signed(service), b"")

    async def call(self, service: str, target: str, parameters: Mapping[str, Any]) -> Answer:
        """A call of a service that speaks JSON.

        :param target: the ``X-Amz-Target``, such as ``Logs_20140328.PutLogEvents``.
        """
        headers = self._signed(service) | {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
        return await self.forward("POST", "/", headers, json.dumps(parameters).encode())

    async def reset(self) -> None:
        """Forget all accounts."""
        await self.forward("POST", "/moto-api/reset", {}, b"")

    def _signed(self, service: str) -> dict[str, str]:
        # moto tells services apart by the signature's scope, and checks no signature.
        scope = f"Credential=stack/20260101/{self._region}/{service}/aws4_request"
        return {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=none"}
