"""The parameters that a job declares: annotated keyword-only arguments of its code, and the fields of its model.

::

    def mapper(key, value, *, pattern: str, least: Annotated[int, "Fewest hits to keep."] = 3): ...

    Job(mapper)                 pattern: str, least: int = 3
    Job(mapper, params=Model)   and the fields of Model, a pydantic model or a dataclass

An argument without an annotation, or whose name begins with ``_``, is no parameter: its default stays. A worker reads
declarations too, so nothing here imports pydantic.
"""

from __future__ import annotations

import inspect
import sys
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    NamedTuple,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from corral_core.errors import JobError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = [
    "MADE",
    "REQUIRED",
    "Parameter",
    "Shape",
    "bare",
    "declared",
    "is_pydantic",
    "keyword_only",
    "shape_of",
    "signature",
    "united",
]

REQUIRED: Any = inspect.Parameter.empty
"""The default of a parameter that has none."""

MADE: Any = object()

_METHODS = {"mapper": ("map_batch", "map"), "reducer": ("reduce",), "combiner": ("reduce",)}
"""The methods of a part that take records; the first that it has."""

_TYPES = (
    "str, int, float, bool, date, datetime, Decimal, an Enum or Literal of texts or of whole numbers, a list or tuple "
    "of these, or such a type or None"
)


@dataclass(frozen=True)
class Parameter:
    """One parameter of a job."""

    name: str
    annotation: Any
    """Its type, with what ``Annotated`` adds."""
    default: Any
    """:data:`REQUIRED` when there is none; :data:`MADE` when the model makes a new one each time."""
    description: str
    where: str
    """What declares it, in messages: ``mapper words``, ``model Params``."""

    @property
    def flag(self) -> str:
        """As the command spells it."""
        return "--" + self.name.replace("_", "-")


class Shape(NamedTuple):
    """What a parameter's type takes, apart from None."""

    items: tuple[Any, ...]
    """The types of one item, or of the first, the second, ... of a tuple."""
    container: type[list[Any] | tuple[Any, ...]] | None = None
    """Of several."""

    @property
    def many(self) -> bool:
        """Whether it takes several items."""
        return self.container is not None

    def item(self, number: int) -> Any:
        """The type of an item."""
        return self.items[min(number, len(self.items) - 1)]


def declared(model: Any, parts: Mapping[str, Any]) -> dict[str, Parameter]:
    """What a job's model and its parts declare, by name.

    :param parts: mapper, reducer and so on, by what messages call them.
    :raises JobError: for a type that no parameter can have, or when two declarations of a name differ.
    """
    found = [] if model is None else list(_fields(model))
    for role, part in parts.items():
        name = getattr(part, "__qualname__", type(part).__qualname__)
        for call in _calls(part, _METHODS.get(role, ())):
            found += _arguments(call, f"the {role}" if name == role else f"{role} {name}")
    for parameter in found:
        if shape_of(parameter.annotation) is None:
            raise JobError(
                f"parameter {parameter.name} of {parameter.where} has the type {_shown(parameter.annotation)}: a "
                f"parameter is {_TYPES}; an argument that is none has no annotation, or a name that begins with _"
            )
    return united(found)


def united(parameters: Iterable[Parameter]) -> dict[str, Parameter]:
    """Parameters by name.

    :raises JobError: when two of one name have different types or defaults.
    """
    found: dict[str, Parameter] = {}
    for parameter in parameters:
        other = found.setdefault(parameter.name, parameter)
        if (bare(other.annotation), other.default) != (bare(parameter.annotation), parameter.default):
            raise JobError(
                f"parameter {parameter.name} is {_spelled(other)} in {other.where} and {_spelled(parameter)} in "
                f"{parameter.where}: declare it alike, or rename one"
            )
    return found


def keyword_only(call: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The arguments of a call that are parameters."""
    try:
        arguments = signature(call).parameters.values()
    except (TypeError, ValueError):  # a builtin without a signature
        return {}
    return {
        argument.name: argument
        for argument in arguments
        if argument.kind is argument.KEYWORD_ONLY
        and argument.annotation is not argument.empty
        and not argument.name.startswith("_")
    }


def signature(call: Callable[..., Any]) -> inspect.Signature:
    """As inspect has it, on any Python without looking up what annotations name: many are for type checkers only."""
    if sys.version_info >= (3, 14):
        from annotationlib import Format

        return inspect.signature(call, annotation_format=Format.FORWARDREF)
    return inspect.signature(call)


def bare(annotation: Any) -> Any:
    """A type without what ``Annotated`` adds."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def shape_of(annotation: Any) -> Shape | None:
    """What a type takes; None when no parameter can have it."""
    annotation = bare(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        rest = [argument for argument in arguments if argument is not NoneType]
        return shape_of(rest[0]) if len(rest) == 1 else None
    if origin in (list, tuple):
        items = tuple(bare(argument) for argument in arguments if argument is not Ellipsis)
        return Shape(items, origin) if items and all(map(_is_scalar, items)) else None
    return Shape((annotation,)) if _is_scalar(annotation) else None


def is_pydantic(model: Any) -> bool:
    """Whether this is a pydantic model; asks nothing of pydantic."""
    return isinstance(model, type) and hasattr(model, "model_fields")


def _is_scalar(annotation: Any) -> bool:
    if get_origin(annotation) is Literal:
        values = get_args(annotation)
    elif isinstance(annotation, type) and issubclass(annotation, Enum):
        values = tuple(member.value for member in annotation)
    else:
        return annotation in (str, int, float, bool, date, datetime, Decimal)
    return any(values and all(type(value) is kind for value in values) for kind in (str, int))


def _calls(part: Any, methods: Iterable[str]) -> Iterator[Callable[..., Any]]:
    """What of a part is called: a class, to make a mapper of it, and the function or method for its records."""
    own = next((getattr(part, method) for method in methods if hasattr(part, method)), None)
    if isinstance(part, type):
        yield part
        yield from () if own is None else (own,)
    else:
        yield part if own is None else own


def _arguments(call: Callable[..., Any], where: str) -> Iterator[Parameter]:
    arguments = keyword_only(call)
    if not arguments:
        return
    hints = _resolved({name: argument.annotation for name, argument in arguments.items()}, _names(call), where)
    for name, argument in arguments.items():
        yield _parameter(name, hints[name], argument.default, where)


def _fields(model: Any) -> Iterator[Parameter]:
    where = f"model {model.__qualname__}"
    if is_pydantic(model):
        for name, info in model.model_fields.items():
            default = REQUIRED if info.is_required() else MADE if info.default_factory else info.default
            yield Parameter(name, info.annotation, default, info.description or "", where)
        return
    names = vars(sys.modules[model.__module__]) if model.__module__ in sys.modules else {}
    own = [field for field in fields(model) if field.init]
    hints = _resolved({field.name: field.type for field in own}, names, where)
    for field in own:
        made = REQUIRED if field.default_factory is MISSING else MADE
        yield _parameter(field.name, hints[field.name], made if field.default is MISSING else field.default, where)


def _parameter(name: str, hint: Any, default: Any, where: str) -> Parameter:
    texts = [extra for extra in get_args(hint)[1:] if isinstance(extra, str)] if get_origin(hint) is Annotated else []
    # Many write `least: int = None`.
    return Parameter(name, hint | None if default is None else hint, default, "".join(texts[:1]), where)


def _resolved(annotations: dict[str, Any], names: dict[str, Any], where: str) -> dict[str, Any]:
    """Annotations as types: those of parameters alone, since others may name what only a type checker knows."""

    def stub() -> None: ...

    stub.__annotations__ = annotations
    try:
        return get_type_hints(stub, globalns=names, include_extras=True)
    except Exception as error:
        raise JobError(
            f"the type of a parameter of {where} can't be found: {error}; import or define it at the top level of the "
            "module, not below TYPE_CHECKING"
        ) from error


def _names(call: Callable[..., Any]) -> dict[str, Any]:
    call = call.__init__ if isinstance(call, type) else call  # type: ignore[misc]  # (only looked at)
    call = inspect.unwrap(getattr(call, "__func__", call))
    call = getattr(call, "func", call)  # of a partial
    names: dict[str, Any] = getattr(call, "__globals__", None) or getattr(type(call).__call__, "__globals__", {})
    return names


def _spelled(parameter: Parameter) -> str:
    default = "" if parameter.default in (REQUIRED, MADE) else f" = {parameter.default!r}"
    return f"{_shown(parameter.annotation)}{default}"


def _shown(annotation: Any) -> str:
    annotation = bare(annotation)
    return annotation.__qualname__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")
