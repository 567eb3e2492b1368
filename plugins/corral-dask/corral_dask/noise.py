"""What Dask says on its own account, kept from the user's terminal: what matters becomes an error or a step of ours."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["quiet"]

_LOGGERS = ("distributed", "tornado")


@contextmanager
def quiet() -> Iterator[None]:
    """While a connection is there: Dask logs each lost one with a traceback. The loggers stay as they are, for those
    who have handlers of their own there; Dask's handlers, which write to the terminal, are held back."""
    import distributed  # noqa: F401  (it sets its handlers up)

    handlers = [handler for name in _names() for handler in logging.getLogger(name).handlers]
    before = [(handler, handler.level) for handler in handlers if type(handler) is logging.StreamHandler]
    for handler, _ in before:
        handler.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for handler, level in before:
            handler.setLevel(level)


def _names() -> list[str]:
    return [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in _LOGGERS]
