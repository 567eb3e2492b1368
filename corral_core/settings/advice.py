"""What a message says of a value that pydantic refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic_core import ErrorDetails

__all__ = ["A_DATE", "A_TIME", "advice", "in_a_sentence", "shown"]

A_DATE = "give a date such as 2026-01-31"
A_TIME = "give a date and time such as 2026-01-31T12:00"

_OF_A_TYPE = {
    kind: wanted
    for wanted, kinds in {
        "give a whole number": ("int_parsing", "int_type", "int_from_float"),
        "give a number": ("float_parsing", "float_type", "decimal_parsing", "decimal_type"),
        "give a finite number": ("finite_number",),
        "give true or false": ("bool_parsing", "bool_type"),
        "give a text": ("string_type",),
        A_DATE: ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
        A_TIME: ("datetime_type", "datetime_parsing", "datetime_from_date_parsing"),
        "give a list": ("list_type", "tuple_type"),
    }.items()
    for kind in kinds
}
"""What pydantic's kinds of errors come to that say nothing but the type."""

_PREVIEW = 60


def shown(value: Any) -> str:
    """A bad value, or its beginning."""
    text = repr(value)
    return text if len(text) <= _PREVIEW else text[:_PREVIEW] + "..."


def advice(error: ErrorDetails, choices: Sequence[str] = ()) -> str:
    """What is wanted in the place of the value.

    :param choices: those that there are, where only a few are.
    """
    context = error.get("ctx", {})
    match error["type"]:
        case kind if kind in _OF_A_TYPE:
            return _OF_A_TYPE[kind]
        case "greater_than_equal":
            return f"give {context['ge']} or more"
        case "less_than_equal":
            return f"give {context['le']} or less"
        case "literal_error" | "enum":
            return f"give one of {', '.join(choices)}"
        case "value_error":
            return str(context.get("error", error["msg"]))
        case _:
            return in_a_sentence(error["msg"])


def in_a_sentence(message: str) -> str:
    """A message as the last part of another."""
    return message[:1].lower() + message[1:].rstrip(".")
