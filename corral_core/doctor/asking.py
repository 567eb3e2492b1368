"""Asks executors and storages, whose clouds may not answer."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from corral_core.diagnosis import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["PATIENCE", "asked"]

PATIENCE = 10.0
"""Seconds to wait for each finding."""


def asked(source: Callable[[], Iterable[Finding]], patience: float = PATIENCE) -> Iterator[Finding]:
    """What a source finds, as it comes, until it says nothing for too long.

    What it raises, which it should not, is a finding too. A source that hangs is left behind in a thread of its own,
    which ends with the process.
    """
    found: SimpleQueue[Finding | None] = SimpleQueue()

    def ask() -> None:
        try:
            for finding in source():
                found.put(finding)
        except Exception as error:  # noqa: BLE001  (whatever a plugin raises must not end the examination)
            found.put(Finding("diagnosis", "failed", f"it broke off: {type(error).__name__}: {error}", _REPORT))
        found.put(None)

    threading.Thread(target=ask, name="corral-doctor", daemon=True).start()
    while True:
        try:
            finding = found.get(timeout=patience)
        except Empty:
            yield Finding("answer", "failed", f"no answer within {patience:g} s", _REACH)
            return
        if finding is None:
            return
        yield finding


_REACH = "look at the network, at proxies (HTTPS_PROXY) and at the endpoint that is set"
_REPORT = "report this to whoever wrote it"
