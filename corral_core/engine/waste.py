"""What a run spent on attempts that did not count."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Waste"]


@dataclass(frozen=True, slots=True)
class Waste:
    """Attempts whose work was of no use: failed, late, cancelled."""

    attempts: int = 0
    seconds: float = 0.0
    """From submission to answer, on the driver's clock; what a late one says of itself, where it does."""
