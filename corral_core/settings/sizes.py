"""Sizes as people write them: ``100``, ``100MB`` (millions), ``100MiB`` (times 2**20), ``1.5 GiB``."""

from __future__ import annotations

import re

__all__ = ["GIB", "KIB", "MIB", "parse_size", "show_size"]

KIB, MIB, GIB = 2**10, 2**20, 2**30

_UNITS = {
    "b": 1,
    **{f"{letter}b": 10 ** (3 * power) for power, letter in enumerate("kmgtp", 1)},
    **{f"{letter}ib": 2 ** (10 * power) for power, letter in enumerate("kmgtp", 1)},
}
_NAMES = {"b": "B", "kb": "kB", "kib": "KiB"}
_SIZE = re.compile(r"\s*(\d{1,30})?(?:\.(\d{0,30}))?\s*([a-z]*)\s*", re.IGNORECASE | re.ASCII)

# What a signed 64-bit file offset can say; no store holds more.
_LARGEST = 2**63 - 1


def parse_size(value: object) -> int:
    """Bytes, from a number or a text with a unit.

    :raises ValueError: when it is no size, not a whole number of bytes, or not at least 1.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    size = _from_text(value) if isinstance(value, str) else value
    if not isinstance(size, int) or isinstance(size, bool):
        raise ValueError("give a size such as 100, 100MB or 100MiB")  # noqa: TRY004  (pydantic catches ValueError)
    if not 1 <= size <= _LARGEST:
        raise ValueError("give at least 1 byte" if size < 1 else "give less than 8192 PiB")
    return size


def _from_text(text: str) -> int | None:
    match = _SIZE.fullmatch(text)
    if match is None or not (match[1] or match[2]):
        return None
    factor = _UNITS.get(match[3].lower() or "b")
    if factor is None:
        return None
    # In integers throughout: a float would round sizes above 2**53.
    whole, fraction = match[1] or "", match[2] or ""
    size: int
    size, rest = divmod(int(whole + fraction) * factor, 10 ** len(fraction))
    if rest:
        raise ValueError("give a whole number of bytes")
    return size


def show_size(size: int) -> str:
    """A size in the largest unit that says it exactly and in whole numbers; :func:`parse_size` reads it back."""
    fitting = [unit for unit, factor in _UNITS.items() if size and size % factor == 0]
    unit = max(fitting, key=_UNITS.__getitem__, default="b")
    return f"{size // _UNITS[unit]} {_NAMES.get(unit, unit[0].upper() + unit[1:-1] + 'B')}"
