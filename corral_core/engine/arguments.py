"""A job's parameters on a worker: values become typed again, and are bound to the code that declares them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import partial
from types import FunctionType, MappingProxyType, MethodType
from typing import TYPE_CHECKING, Any

from corral_core.parameters import is_pydantic, keyword_only, shape_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from corral_core.job import Job
    from corral_core.parameters import Parameter

__all__ = ["NOTHING", "arguments_of", "bound", "plain", "taken", "typed"]

NOTHING: Mapping[str, Any] = MappingProxyType({})


def arguments_of(job: Job, values: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
    """The job's own values by name, and an instance of its model, if it has one.

    :param values: of all jobs' parameters, as JSON holds them.
    """
    own = {name: typed(parameter, values[name]) for name, parameter in job.parameters.items()}
    if job.params is None:
        return own, None
    if is_pydantic(job.params):
        import msgspec

        # As JSON: so a model that is strict takes a date's text, too.
        mine = {name: values[name] for name in job.params.model_fields}
        return own, job.params.model_validate_json(msgspec.json.encode(mine), by_name=True, by_alias=False)
    from dataclasses import fields

    return own, job.params(**{field.name: own[field.name] for field in fields(job.params) if field.init})


def plain(value: Any) -> Any:
    """A parameter's value as JSON holds it.

    Not by msgspec, which leaves on an Enum's class what keeps a notebook's from being pickled.
    """
    match value:
        case Enum():
            return value.value
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case list() | tuple():
            return [plain(item) for item in value]
        case _:
            return value


def typed(parameter: Parameter, value: Any) -> Any:
    """The same back, in the type that a parameter declares."""
    shape = shape_of(parameter.annotation)
    if value is None or shape is None:
        return value
    if shape.container is not None:
        return shape.container(_item(shape.item(at), item) for at, item in enumerate(value))
    return _item(shape.items[0], value)


def _item(kind: Any, value: Any) -> Any:
    if kind in (date, datetime):
        return kind.fromisoformat(value)
    if isinstance(kind, type) and issubclass(kind, Enum | Decimal | float):
        return kind(value)
    return value


def bound(call: Callable[..., Any], arguments: Mapping[str, Any]) -> Callable[..., Any]:
    """A call with those arguments that it declares.

    They become the defaults of a copy of the function where that can be: then no record pays for them.
    """
    wanted = taken(call, arguments)
    if not wanted:
        return call
    function = getattr(call, "__func__", call)
    if not isinstance(function, FunctionType) or not wanted.keys() <= _own_keywords(function):
        return partial(call, **wanted)
    made = FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    made.__kwdefaults__ = {**(function.__kwdefaults__ or {}), **wanted}
    made.__dict__.update(function.__dict__)
    return MethodType(made, call.__self__) if isinstance(call, MethodType) else made


def taken(call: Callable[..., Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Those arguments that a call declares as parameters."""
    return {name: arguments[name] for name in keyword_only(call) if name in arguments} if arguments else {}


def _own_keywords(function: FunctionType) -> set[str]:
    """Not those of a function that it wraps."""
    code = function.__code__
    return set(code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount])
