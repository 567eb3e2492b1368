"""How many requests this process has made to stores, by kind: what a store bills, retries included.

Counted where they leave: S3's and GCS's. The names are those of a bill's rows; GCS has classes, A for the dearer::

    GET HEAD        reading: the cheaper class
    LIST PUT        the dearer class
    PART UPLOAD     parts of uploads; their beginnings and completions: dearer too
    DELETE          free, as are aborted uploads
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["count", "counted", "since"]

_COUNTS: Counter[str] = Counter()


def count(kind: str) -> None:
    """Note a request. Each store counts in one thread, its loop's."""
    _COUNTS[kind] += 1


def counted() -> Mapping[str, int]:
    """Requests by kind since the process started; the difference of two answers is what lay between."""
    return dict(_COUNTS)


def since(before: Mapping[str, int]) -> dict[str, int]:
    """Those made after an earlier answer of :func:`counted`."""
    return {kind: more for kind, number in counted().items() if (more := number - before.get(kind, 0))}
