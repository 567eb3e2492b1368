"""How code of ours gets to schedulers and workers that have no corral: as a pickle of what it is, not of its name."""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

import cloudpickle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["by_value", "travelling"]

_MODULES = (
    "corral_core.serving.oom",
    "corral_core.serving.process",
    "corral_core.serving.wire",
    "corral_dask.agent",
    "corral_dask.keeper",
    "corral_dask.kit",
    "corral_dask.process",
)


@contextmanager
def travelling() -> Iterator[None]:
    """Within the block Dask, too, pickles what is in these modules by value."""
    modules = [import_module(name) for name in _MODULES]
    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in modules:
            cloudpickle.unregister_pickle_by_value(module)


def by_value(function: Callable[..., Any]) -> Callable[..., Any]:
    """A copy that belongs to no module which could be imported, so that it is pickled by value at every station: the
    scheduler takes a task apart, and pickles it again for its worker."""
    with travelling():
        copy: Callable[..., Any] = cloudpickle.loads(cloudpickle.dumps(function))
    copy.__module__ = "__main__"
    return copy
