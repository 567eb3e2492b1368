"""Which encodings lines can be found in, without decoding."""

from __future__ import annotations

from functools import cache

from corral_core.errors import SettingsError

__all__ = ["BOM", "codec_of"]

BOM = b"\xef\xbb\xbf"
"""What some programs put in front of UTF-8; ``utf-8-sig`` drops it at the start of a file, and nowhere else."""

_PROBES = (
    rb"\u000a",  # unicode_escape and its like
    b"\x1b$B0!\x1b(B",  # ISO-2022
    b"\x1b$)C\x0e0!\x0f",  # ISO-2022-KR
    bytes(range(128)),
)
"""What some codecs read as other than ASCII. The first to differ decides, so that none warns about the last."""


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
        kept = all(probe.decode(encoding) == probe.decode("ascii") for probe in _PROBES)
    except (LookupError, ValueError) as error:
        if isinstance(error, LookupError):
            raise SettingsError(f"there is no text encoding {encoding!r}: try utf-8, latin-1 or bytes") from None
        kept = False
    if not kept:
        raise SettingsError(
            f"the encoding {encoding!r} does not keep ASCII, so lines can't be found in it: convert the data to utf-8"
        )
    return encoding
