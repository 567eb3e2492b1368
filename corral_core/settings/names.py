"""How a setting's name is written, and which name somebody meant.

A setting has one canonical name, lower case without ``_`` and ``-``. So ``splitSize``, ``split_size``, ``split-size``
and the ``SPLITSIZE`` or ``SPLIT_SIZE`` of a variable are the same setting.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["camel", "canonical", "nearest"]


def canonical(name: str) -> str:
    """The form in which names are compared."""
    return name.replace("_", "").replace("-", "").lower()


def camel(attribute: str) -> str:
    """The public spelling of a Python attribute: ``split_size`` is ``splitSize``."""
    head, *tail = attribute.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in tail)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known canonical name that is most like a mistaken one, or None when none is like it."""
    close = get_close_matches(canonical(name), known, n=1)
    return close[0] if close else None
