"""What a worker process of the pool runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from corral_core.serving.worker import serve

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["main"]


def main(connection: int, lifeline: int, driver: int) -> NoReturn:
    """Serve the driver's pool, with the numbers that :func:`corral_core.serving.worker.serve` takes."""
    serve(connection, lifeline, driver, _load)


def _load() -> Callable[[bytes], bytes]:
    from corral_core.worker import run_task

    return run_task
