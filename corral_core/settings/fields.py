"""Types for the fields of settings models, and what a field's type means to the layers and to the flags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

from pydantic import BeforeValidator, Field, SecretBytes, SecretStr

from corral_core.settings.durations import parse_duration, show_duration
from corral_core.settings.limits import parse_limit, parse_share, show_limit, show_share
from corral_core.settings.sizes import parse_size, show_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic.fields import FieldInfo

__all__ = ["Duration", "Factor", "Kind", "Limit", "Positive", "Share", "Size", "choices", "kind_of", "option", "show"]

Size = Annotated[int, BeforeValidator(parse_size)]
"""Bytes; takes what :func:`~corral_core.settings.sizes.parse_size` takes."""

Limit = Annotated[int | float, BeforeValidator(parse_limit)]
"""A whole number, or a share from 0 to 1: takes what :func:`~corral_core.settings.limits.parse_limit` takes."""

Positive = Annotated[int, Field(ge=1)]
"""A whole number from 1."""

Duration = Annotated[float, BeforeValidator(parse_duration)]
"""Seconds; takes what :func:`~corral_core.settings.durations.parse_duration` takes."""

Share = Annotated[float, BeforeValidator(parse_share)]
"""A part of a whole, from 0 to 1; takes what :func:`~corral_core.settings.limits.parse_share` takes."""

Factor = Annotated[float, Field(ge=0)]
"""How many times; 0 at least."""

Kind = Literal["switch", "size", "limit", "share", "duration", "choice", "secret", "list", "integer", "number", "text"]

_KINDS: dict[Any, Kind] = {
    bool: "switch",
    int: "integer",
    float: "number",
    list: "list",
    tuple: "list",
    SecretStr: "secret",
    SecretBytes: "secret",
    Literal: "choice",
}


def option(
    default: Any, description: str, *, group: str | None = None, flags: tuple[str, ...] = (), example: Any = None
) -> Any:
    """A field of a settings model.

    :param description: its help, one sentence.
    :param group: its heading in the help; by default the plugin's name.
    :param flags: more names for its flag, such as ``-o`` or ``--out``.
    :param example: a value to show where the default is none.
    """
    extras: dict[str, Any] = {"flags": list(flags)} | ({"group": group} if group else {})
    examples = None if example is None else [example]
    return Field(default, description=description, examples=examples, json_schema_extra=extras)


def kind_of(field: FieldInfo) -> Kind:
    """What a field takes; None beside another type (``int | None``) does not count."""
    own = _parsed_as(field.metadata)
    if own:
        return own
    for part in _parts(field.annotation):
        parsed = _parsed_as(part.__metadata__) if get_origin(part) is Annotated else None
        if parsed:
            return parsed
        found = _KINDS.get(get_origin(part) or part)
        if found:
            return found
    return "text"


def choices(field: FieldInfo) -> tuple[str, ...]:
    """The values that a field of kind ``choice`` takes."""
    return tuple(
        str(value) for part in _parts(field.annotation) if get_origin(part) is Literal for value in get_args(part)
    )


def show(field: FieldInfo, value: Any) -> str:
    """A value as people read it. A secret shows as stars."""
    if value is None:
        return "none"
    match kind_of(field):
        case "size":
            return show_size(value)
        case "duration":
            return show_duration(value)
        case "limit":
            return show_limit(value)
        case "share":
            return show_share(value)
        case "switch":
            return str(value).lower()
        case "list":
            return ",".join(map(str, value)) or "none"
        case _:
            return str(value)


def _parts(annotation: Any) -> Iterator[Any]:
    # The members of a union in order, each still with its Annotated; unwrapped as well, for `Positive | None`.
    if get_origin(annotation) in _KINDS or not get_args(annotation):
        yield annotation
        return
    if get_origin(annotation) is Annotated:
        yield annotation
        yield from _parts(get_args(annotation)[0])
        return
    for part in get_args(annotation):
        yield from _parts(part)


_PARSERS: dict[Any, Kind] = {parse_size: "size", parse_limit: "limit", parse_share: "share", parse_duration: "duration"}


def _parsed_as(metadata: Iterable[object]) -> Kind | None:
    """The kind that a parser of ours makes of a field."""
    kinds = (_PARSERS.get(item.func) for item in metadata if isinstance(item, BeforeValidator))
    return next((kind for kind in kinds if kind), None)
