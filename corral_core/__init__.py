"""corral: MapReduce for Python that runs wherever you point it.

What a job needs comes from here: ``from corral_core import Driver, Job, Sum``. Everything loads when it is first used,
because a worker must start fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corral_core.aggregators import Aggregator, Count, Distinct, Max, Mean, Min, Sum, TopK
    from corral_core.driver import Driver, run
    from corral_core.engine.result import RunResult
    from corral_core.errors import CorralError
    from corral_core.job import Emitter, Job, TaskContext, batch, context, count

__all__ = [
    "Aggregator",
    "CorralError",
    "Count",
    "Distinct",
    "Driver",
    "Emitter",
    "Job",
    "Max",
    "Mean",
    "Min",
    "RunResult",
    "Sum",
    "TaskContext",
    "TopK",
    "batch",
    "context",
    "count",
    "run",
]

_MODULES = {
    "corral_core.aggregators": ("Aggregator", "Count", "Distinct", "Max", "Mean", "Min", "Sum", "TopK"),
    "corral_core.driver": ("Driver", "run"),
    "corral_core.engine.result": ("RunResult",),
    "corral_core.errors": ("CorralError",),
    "corral_core.job": ("Emitter", "Job", "TaskContext", "batch", "context", "count"),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
