"""Classes by name, ``module:Class``: so plugins' own travel to workers, which have no plugin manager."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from corral_core.errors import JobError

__all__ = ["class_at", "reference_to"]


def reference_to(cls: type) -> str:
    """What :func:`class_at` finds a class by, on any machine.

    :raises JobError: when it is defined in a function, where nobody else finds it.
    """
    if "<locals>" in cls.__qualname__:
        raise JobError(f"class {cls.__qualname__} must be at the top level of a module, for workers to import it")
    return f"{cls.__module__}:{cls.__qualname__}"


def class_at(reference: str) -> Any:
    """The class of a reference.

    :raises ImportError: when its module can't be imported.
    :raises AttributeError: when the module does not have it.
    """
    module, _, name = reference.partition(":")
    return getattr(import_module(module), name)
