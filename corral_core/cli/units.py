"""Numbers as people read them. Approximate; for exact sizes see :mod:`corral_core.settings.sizes`."""

from __future__ import annotations

from math import floor, log10

__all__ = [
    "bytes_text",
    "clock_text",
    "count_text",
    "dollars_text",
    "memory_text",
    "quantity_text",
    "rate_text",
    "seconds_text",
]


def bytes_text(size: float) -> str:
    """Bytes in decimal units, to three digits: ``1.23 MB``."""
    if size < 1000:  # noqa: PLR2004  (where kB begin)
        return f"{size:.0f} B"
    unit = ""
    for unit in ("kB", "MB", "GB", "TB", "PB"):  # noqa: B007  (used after the loop)
        size /= 1000
        if size < 999.5:  # noqa: PLR2004  (where three digits would round up to four)
            break
    return f"{size:.3g} {unit}" if size < 999.5 else f"{size:.0f} {unit}"  # noqa: PLR2004  (as above)


def memory_text(size: float) -> str:
    """Memory in the binary units in which it is sold and taskMemory is set: ``512 MiB``, ``1.5 GiB``."""
    mebibytes = size / 2**20
    return f"{mebibytes:.0f} MiB" if mebibytes < 1000 else f"{mebibytes / 2**10:.3g} GiB"  # noqa: PLR2004  (as above)


def count_text(number: int, noun: str) -> str:
    """``1 record``, ``12,345 records``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def seconds_text(seconds: float) -> str:
    """``0.41 s``, ``12 s``, ``3 min 5 s``, ``2 h 0 min``."""
    whole = round(seconds)
    if seconds < 10:  # noqa: PLR2004  (where fractions stop to matter)
        return f"{seconds:.2f} s"
    if whole < 60:  # noqa: PLR2004  (seconds in a minute)
        return f"{whole} s"
    if whole < 3600:  # noqa: PLR2004  (seconds in an hour)
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def dollars_text(dollars: float) -> str:
    """To the cent, and below a dollar to three digits: ``1,234.50``, ``0.0123``; never with an exponent."""
    if dollars >= 1 or dollars <= 0:
        return f"{dollars:,.2f}" if dollars else "0"
    return f"{dollars:.{2 - floor(log10(dollars))}f}".rstrip("0")


def quantity_text(quantity: float) -> str:
    """A whole number as it is, any other to three digits: ``1,234``, ``41.2``, ``0.00123``."""
    if quantity >= 100 or quantity == round(quantity):  # noqa: PLR2004  (where three digits are whole)
        return f"{quantity:,.0f}"
    return dollars_text(quantity) if quantity < 1 else f"{quantity:.3g}"


def clock_text(seconds: float) -> str:
    """``0:42``, ``12:05``, ``1:02:03``: for a time that is seen running."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def rate_text(number: float, noun: str) -> str:
    """``850 records/s``, ``1.2 M records/s``: two digits at least, and no more than are steady."""
    unit = ""
    for unit in ("", " k", " M", " G"):  # noqa: B007  (used after the loop)
        if number < 999.5:  # noqa: PLR2004  (where three digits would round up to four)
            break
        number /= 1000
    shown = f"{number:.1f}" if unit and number < 9.95 else f"{number:.0f}"  # noqa: PLR2004  (where two digits begin)
    return f"{shown}{unit} {noun}/s"
