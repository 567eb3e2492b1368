"""Whether what a plugin registers can be used: the classes that hooks answer, beside those of the contracts.

What a class lacks is told when plugins load, with the plugin's name; else it would be an AttributeError in the middle
of a run.
"""

from __future__ import annotations

import inspect
from typing import Any

from corral_core.references import class_at

__all__ = ["flaw"]

_CONTRACTS = {
    "corral_executors": ("corral_core.executor:Executor",),
    "corral_storages": ("corral_core.storage.api:Storage",),
    "corral_formats": ("corral_core.formats.api:InputFormat", "corral_core.formats.api:OutputFormat"),
    "corral_observers": ("corral_core.events:Observer",),
    "corral_settings": ("pydantic:BaseModel",),
    "corral_commands": ("click:Command",),
}
"""By hook. What is not corral's own is asked for and not looked into."""

_OBJECTS = {"corral_commands"}
"""Hooks that answer objects, and not classes."""

_BY_POSITION = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}


def flaw(hook: str, item: Any) -> str | None:
    """Why something that a hook answered can't be used; None when it can."""
    what = _name(item)
    for path in _CONTRACTS[hook]:
        contract = class_at(path)
        if hook in _OBJECTS and isinstance(item, contract):
            return None
        if hook not in _OBJECTS and isinstance(item, type) and issubclass(item, contract):
            return _lacks(what, item, contract) if path.startswith("corral_core") else None
    wanted = " or ".join(path.replace(":", ".") for path in _CONTRACTS[hook])
    return f"{what} is no {'object' if hook in _OBJECTS else 'subclass'} of {wanted}"


def _lacks(what: str, item: type, contract: type) -> str | None:
    abstract = sorted(getattr(item, "__abstractmethods__", ()))
    if abstract:
        return f"{what} lacks {', '.join(abstract)}, which {_name(contract)} asks for"
    annotations = vars(contract).get("__annotations__", {})
    if "name" in annotations and not _is_text(getattr(item, "name", None)):
        return f"{what} has no name"
    if "schemes" in annotations:
        schemes = getattr(item, "schemes", None)
        if not isinstance(schemes, tuple) or not schemes or not all(map(_is_text, schemes)):
            return f"{what} has no schemes, a tuple such as ('s3', 's3a')"
    for name, found in vars(contract).items():
        if callable(found) or isinstance(found, classmethod):
            wrong = _misfit(getattr(item, name), getattr(contract, name))
            if wrong:
                return f"{what}.{name}{wrong}"
    return None


def _misfit(found: Any, wanted: Any) -> str | None:
    """How a method can't be called as the contract's is; None when it can."""
    if found is wanted or not callable(found):
        return None if callable(found) else " is no method"
    try:
        own, asked = inspect.signature(found), inspect.signature(wanted)
    except ValueError:  # C code that does not say
        return None
    named = {name: None for name, at in asked.parameters.items() if at.kind is inspect.Parameter.KEYWORD_ONLY}
    try:
        own.bind(*(None for at in asked.parameters.values() if at.kind in _BY_POSITION), **named)
    except TypeError:
        return f" takes ({', '.join(own.parameters)}), and is called with ({', '.join(asked.parameters)})"
    return None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _name(item: Any) -> str:
    if isinstance(item, type):
        return f"{item.__module__}.{item.__qualname__}"
    return f"an instance of {type(item).__qualname__}"
