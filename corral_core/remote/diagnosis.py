"""What ``corral doctor`` finds of any cloud that runs functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core.diagnosis import Finding, failed
from corral_core.errors import UsageError
from corral_core.remote.executor import runtime

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["python_finding"]


def python_finding(place: str, offered: Collection[str]) -> Finding:
    """Whether a place runs this Python: see :func:`~corral_core.remote.executor.runtime`."""
    try:
        return Finding("python", "ok", f"{place} runs {runtime(place, offered)}")
    except UsageError as error:
        return failed("python", error)
