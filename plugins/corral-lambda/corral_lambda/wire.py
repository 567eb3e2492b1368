"""How corral's bytes travel in Lambda's JSON, both ways.

Small ones as text, so that a failed event can be read in a console; large ones compressed, for a driver sends hundreds
at once and messages full of paths shrink to a tenth.
"""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["packed", "unpacked"]

_SMALL = 64 * 2**10


def packed(data: bytes) -> dict[str, str]:
    """As members of a JSON object; any bytes will do."""
    if len(data) <= _SMALL:
        return {"text": data.decode("latin-1")}
    return {"zlib": base64.b64encode(zlib.compress(data, 1)).decode("ascii")}


def unpacked(members: Mapping[str, str]) -> bytes:
    """The bytes again."""
    if "text" in members:
        return members["text"].encode("latin-1")
    return zlib.decompress(base64.b64decode(members["zlib"]))
