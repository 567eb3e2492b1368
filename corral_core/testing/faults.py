"""Which requests a :class:`~corral_core.testing.proxy.Proxy` spoils, and how: by a schedule that a seed fixes."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs, urlsplit

__all__ = ["Fault", "Faults", "Seen", "gcs_kind", "s3_kind"]

Fault = Literal["", "slow_down", "error", "cut", "truncate"]


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that came to the proxy."""

    method: str
    target: str
    """Path and query, as they stood in the request."""
    kind: str
    fault: Fault
    """What was done to it; empty when it was passed on."""
    range: str = ""
    """Its ``Range`` header."""


@dataclass
class Faults:
    """Fractions, between 0 and 1, of the requests that meet each fault.

    Whether a request is spoiled depends on the seed, the request and how often it has come, not on when: so threads
    don't disturb the schedule.
    """

    seed: int = 0
    slow_down: float = 0
    """Answered with 503 and S3's code ``SlowDown``."""
    error: float = 0
    """Answered with 500 and ``InternalError``."""
    cut: float = 0
    """The connection ends before an answer; the server may have done the work or not."""
    truncate: float = 0
    """The connection ends in the middle of the answer's body."""
    kinds: frozenset[str] = frozenset()
    """The kinds of requests that faults may meet; none named: all."""
    _times: Counter[str] = field(default_factory=Counter, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def next(self, request: str, kind: str) -> Fault:
        """What happens to this request, which may have come before."""
        with self._lock:
            self._times[request] += 1
            time = self._times[request]
        if self.kinds and kind not in self.kinds:
            return ""
        drawn = random.Random(f"{self.seed} {request} {time}").random()  # noqa: S311  (a schedule, no secret)
        limit = 0.0
        names: tuple[Fault, ...] = ("slow_down", "error", "cut", "truncate")
        for name in names:
            limit += getattr(self, name)
            if drawn < limit:
                return name
        return ""


def s3_kind(method: str, target: str) -> str:
    """What a request to S3 is, in the words of :mod:`corral_core.storage.requests`."""
    url = urlsplit(target)
    query = parse_qs(url.query, keep_blank_values=True)
    in_bucket = url.path.strip("/").count("/") == 0
    if method == "GET":
        return "LIST" if "uploads" in query or (in_bucket and "location" not in query) else "GET"
    if method == "PUT":
        return "PART" if "partNumber" in query else "PUT"
    if method == "POST":
        return "DELETE" if "delete" in query else "UPLOAD"
    return method


def gcs_kind(method: str, target: str) -> str:
    """What a request to GCS's JSON API is, in the words of :mod:`corral_core.storage.requests`."""
    url = urlsplit(target)
    query = parse_qs(url.query, keep_blank_values=True)
    if method == "GET":
        return "LIST" if url.path.endswith("/o") else "GET" if query.get("alt") == ["media"] else "HEAD"
    if method == "POST":
        return "UPLOAD" if query.get("uploadType") == ["resumable"] else "PUT"
    return "PART" if method == "PUT" else method
