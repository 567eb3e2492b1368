"""Which encodings lines can be found in, without decoding."""

from __future__ import annotations

from functools import cache

from corral_core.errors import SettingsError

__all__ = ["BOM", "codec_of"]

BOM = b"\xef\xbb\xbf"
"""What some programs put in front of UTF-8; ``utf-8-sig`` drops it at the start of a file, and nowhere else."""

_ASCII = bytes(range(128))


@cache
def codec_of(encoding: str) -> str | None:
    r"""The codec that decodes and encodes text, or None when it stays bytes.

    Lines are found as the byte ``\n`` in undecoded data, so the codec must keep ASCII as it is: the ISO-8859 and
    Windows code pages do, EUC, GBK and Big5 too, none of whose characters has that byte in it; UTF-16, EBCDIC and
    encodings with shift states do not.

    :raises SettingsError: for a codec that Python does not know or that does not keep ASCII.
    """
    if encoding == "bytes":
        return None
    if encoding.lower() in {"utf-8", "utf8", "utf-8-sig"}:
        return "utf-8"
    try:
        kept = _ASCII.decode(encoding) == _ASCII.decode("ascii") and rb"\u000a".decode(encoding) == r"\u000a"
    except (LookupError, ValueError) as error:
        if isinstance(error, LookupError):
            raise SettingsError(f"there is no text encoding {encoding!r}: try utf-8, latin-1 or bytes") from None
        kept = False
    if not kept:
        raise SettingsError(
            f"lines can't be found in {encoding!r}, which does not keep ASCII as it is: convert the data to utf-8"
        )
    return encoding
