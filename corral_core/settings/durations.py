"""Durations as people write them: ``90``, ``90s``, ``1.5 min``, ``2h``."""

from __future__ import annotations

import math
import re

__all__ = ["parse_duration", "show_duration"]

_UNITS = {"ms": 0.001, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_SHOWN = ("d", "h", "min")
_DURATION = re.compile(r"\s*(\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})\s*([a-z]*)\s*", re.IGNORECASE | re.ASCII)


def parse_duration(value: object) -> float:
    """Seconds, from a number or a text with a unit.

    :raises ValueError: when it is no duration, or not more than nothing.
    """
    seconds = _from_text(value) if isinstance(value, str) else value
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not math.isfinite(seconds):
        raise ValueError("give a time such as 90, 90s, 15min or 2h")
    if seconds <= 0:
        raise ValueError("give more than 0 seconds")
    return float(seconds)


def _from_text(text: str) -> float | None:
    match = _DURATION.fullmatch(text)
    factor = _UNITS.get(match[2].lower() or "s") if match else None
    return None if match is None or factor is None else float(match[1]) * factor


def show_duration(seconds: float) -> str:
    """A duration in the largest unit that says it in whole numbers; :func:`parse_duration` reads it back."""
    for unit in _SHOWN:
        if seconds % _UNITS[unit] == 0:
            return f"{seconds // _UNITS[unit]:.0f} {unit}"
    return f"{seconds:.9f}".rstrip("0").rstrip(".") + " s"
