"""What the texts of the command line mean for a parameter; numbers are left to pydantic, which says what is wrong."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from corral_core.parameters import shape_of
from corral_core.settings.advice import A_DATE, A_TIME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from corral_core.parameters import Parameter

__all__ = ["choices", "from_text", "text_of"]


def choices(parameter: Parameter) -> tuple[str, ...]:
    """The texts that a parameter takes, where only some are."""
    shape = shape_of(parameter.annotation)
    return tuple(dict.fromkeys(text for item in shape.items for text in _named(item))) if shape else ()


def from_text(parameter: Parameter, given: Any) -> Any:
    """What stands on the command line, in the type that it shows.

    :param given: a text; for a list several, each of which may be several, ``a,b``; whether a switch is on.
    :raises ValueError: what is wanted.
    """
    shape = shape_of(parameter.annotation)
    if shape is None or isinstance(given, bool):
        return given
    if not shape.many:
        return _item(shape.items[0], given)
    parts = [part.strip() for text in given for part in text.split(",")]
    return [_item(shape.item(at), part) for at, part in enumerate(parts)]


def text_of(value: Any) -> str:
    """A value as the command line takes it."""
    match value:
        case bool():
            return str(value).lower()
        case Enum():
            return str(value.value)
        case list() | tuple():
            return ",".join(map(text_of, value))
        case datetime() | date():
            return value.isoformat()
        case _:
            return str(value)


def _item(kind: Any, text: str) -> Any:
    named = _named(kind)
    if named:
        if text not in named:
            raise ValueError(f"give one of {', '.join(named)}")
        return named[text]
    if kind in (date, datetime):
        # Not left to pydantic, for which 2026 is a number of seconds.
        try:
            return kind.fromisoformat(text)
        except ValueError:
            raise ValueError(A_DATE if kind is date else A_TIME) from None
    return text


def _named(kind: Any) -> Mapping[str, Any]:
    """The values of a type that has only some, by their texts."""
    if get_origin(kind) is Literal:
        return {str(value): value for value in get_args(kind)}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {str(member.value): member for member in kind}
    return {}
