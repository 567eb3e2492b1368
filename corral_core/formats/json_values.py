"""Keys and values as JSON, without losing anything in silence.

msgspec writes bytes as base64, NaN as null, and more types than a record may have. What it writes so is refused here,
because it would not come back as it was.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

import msgspec

from corral_core.errors import OutputRecordError

__all__ = ["shortened", "to_json"]

_encode = msgspec.json.Encoder().encode
_PLAIN = frozenset({str, int, bool, type(None)})
_SHOWN = 100
"""Characters of a record in an error message."""
_KEYS = frozenset({str, int, float})


def to_json(value: Any) -> bytes:
    """A value as JSON without spaces.

    :raises OutputRecordError: for what JSON has no form of; the message tells the reason, as a clause.
    """
    try:
        check(value)
        return _encode(value)
    except UnicodeEncodeError as error:
        raise OutputRecordError(f"it has {error.object[error.start]!r}, which is not utf-8") from error
    except RecursionError as error:
        raise OutputRecordError("it is nested too deep") from error
    except (TypeError, ValueError) as error:
        raise OutputRecordError(f"JSON can't hold it ({error})") from error


def check(value: Any) -> None:
    """:raises OutputRecordError: when msgspec would write something else than the value."""
    kind = type(value)
    if kind in _PLAIN:
        return
    if isinstance(value, float):
        if not isfinite(value):
            raise OutputRecordError(f"JSON has no {value}")
    elif isinstance(value, (list, tuple)):
        if not _PLAIN.issuperset(map(type, value)):
            for item in value:
                check(item)
    elif isinstance(value, dict):
        odd = [key for key in value if type(key) not in _KEYS]
        if odd:
            raise OutputRecordError(f"JSON has no keys of type {type(odd[0]).__name__}")
        check([*value, *value.values()])
    elif not isinstance(value, (str, int)):
        raise OutputRecordError(f"JSON has no {kind.__name__}")


def shortened(record: tuple[Any, Any]) -> str:
    """A record as an error message shows it."""
    try:
        text = ascii(record)
    except (ValueError, RecursionError):  # a number of too many digits, or nested too deep
        text = f"of a {type(record[0]).__name__} and a {type(record[1]).__name__}"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
