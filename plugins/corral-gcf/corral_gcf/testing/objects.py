"""Objects of the stack's Cloud Storage, for the stack itself."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    import aiohttp

__all__ = ["Objects"]


class Objects:
    """Talks to the server at ``url``."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url, self._http = url, http

    async def make_bucket(self, name: str) -> None:
        """Make a bucket, unless it is there."""
        async with self._http.post(f"{self._url}/storage/v1/b?project=corral-test", json={"name": name}):
            pass

    async def put(self, bucket: str, name: str, content: bytes) -> None:
        """Write an object."""
        url = f"{self._url}/upload/storage/v1/b/{bucket}/o"
        query = {"uploadType": "media", "name": name}
        async with self._http.post(url, params=query, data=_body(content)) as answer:
            answer.raise_for_status()

    async def get(self, bucket: str, name: str) -> bytes | None:
        """An object's content; None when there is no such object."""
        async with self._http.get(self._at(bucket, name), params={"alt": "media"}) as answer:
            return await answer.read() if answer.ok else None

    async def names(self, bucket: str) -> list[str]:
        """All objects of a bucket."""
        async with self._http.get(f"{self._url}/storage/v1/b/{bucket}/o") as answer:
            return [item["name"] for item in (await answer.json()).get("items") or ()]

    async def empty(self) -> None:
        """Remove all objects and all buckets."""
        async with self._http.get(f"{self._url}/storage/v1/b") as answer:
            buckets = [item["name"] for item in (await answer.json()).get("items") or ()]
        for bucket in buckets:
            for name in await self.names(bucket):
                await self._delete(self._at(bucket, name))
            await self._delete(f"{self._url}/storage/v1/b/{bucket}")

    async def _delete(self, url: str) -> None:
        from yarl import URL

        async with self._http.delete(URL(url, encoded=True)):
            pass

    def _at(self, bucket: str, name: str) -> str:
        return f"{self._url}/storage/v1/b/{bucket}/o/{quote(name, safe='')}"


def _body(content: bytes) -> object:
    from io import BytesIO

    return BytesIO(content)
