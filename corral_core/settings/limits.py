"""Shares as people write them, ``1%`` or ``0.01``, and limits: a share of all, or ``10``, a number."""

from __future__ import annotations

import re

__all__ = ["parse_limit", "parse_share", "show_limit", "show_share"]

_LIMIT = re.compile(r"\s*(?=\d|\.\d)(\d{0,18})(\.\d{1,30})?\s*(%?)\s*", re.ASCII)


def parse_limit(value: object) -> int | float:
    """A number as an int, a share of 0 to 1 as a float: ``1`` is one, ``1.0`` and ``100%`` are all. Nothing is 0.

    :raises ValueError: when it is neither.
    """
    if isinstance(value, str):
        value = _from_text(value)
    if isinstance(value, float) and 0.0 <= value <= 1.0:
        return value or 0
    if isinstance(value, float) or not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("give a number such as 10, or a share such as 1% or 0.01")
    return value


def parse_share(value: object) -> float:
    """A share from 0 to 1: there is no number here, so ``1`` is all.

    :raises ValueError: when it is none.
    """
    share = _from_text(value) if isinstance(value, str) else value
    if not isinstance(share, int | float) or isinstance(share, bool) or not 0 <= share <= 1:
        raise ValueError("give a share such as 75% or 0.75")
    return float(share)


def _from_text(text: str) -> int | float | None:
    match = _LIMIT.fullmatch(text)
    if match is None:
        return None
    fraction = (match[2] or "").removeprefix(".")
    if not fraction and not match[3]:
        return int(match[1])
    # Whole numbers divided once round once: 0.7% is then the float that 0.007 is.
    scale: int = 10 ** (len(fraction) + 2 * len(match[3]))
    return int(match[1] + fraction) / scale


def show_limit(limit: float) -> str:
    """A limit as :func:`parse_limit` reads it back: a share in per cent, unless that says it less well."""
    return str(limit) if isinstance(limit, int) else show_share(limit)


def show_share(share: float) -> str:
    """A share as :func:`parse_share` reads it back."""
    percent = f"{share * 100:.12g}%"
    return percent if _from_text(percent) == share else repr(share)
