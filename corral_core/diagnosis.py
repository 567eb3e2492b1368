"""What ``corral doctor`` finds, and the shape in which executors and storages tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Finding"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    """``credentials``, ``permission lambda:CreateFunction``."""
    state: Literal["ok", "warning", "failed"]
    detail: str
    """What was found; no secret."""
    remedy: str = ""
    """What to do, unless all is well."""
