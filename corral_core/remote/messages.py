"""What travels between a driver and a function: a task or its reply; or, where that is too large, the place in storage
where it lies; or, in place of a reply, why there is none.

Both sides use this module. What lies in storage is in the run's own folder and goes with it.
"""

from __future__ import annotations

import hashlib
from typing import TypeVar

import msgspec

from corral_core.errors import MessageError
from corral_core.storage.resolve import storage_for

__all__ = ["is_reference", "laid_down", "opened", "refusal"]

# How neither a task nor a reply begins: theirs begin with {"type":
_REFERENCE, _REFUSAL = b'{"corral_ref":', b'{"corral_refusal":'


class _Reference(msgspec.Struct, frozen=True):
    corral_ref: str
    """The path of the message."""
    digest: str
    """SHA-256 of its bytes."""


class _Refusal(msgspec.Struct, frozen=True):
    corral_refusal: str
    """Why the message could not be read."""


_Short = TypeVar("_Short", _Reference, _Refusal)


def is_reference(message: bytes) -> bool:
    """Whether it lies in storage, so that :func:`opened` takes a request."""
    return message.startswith(_REFERENCE)


def laid_down(data: bytes, work: str) -> bytes:
    """Store a message below ``work``; answers the short one that stands for it.

    The name is the content's digest, so an attempt that is told twice writes the same file.

    :raises OSError: when it can't be written.
    """
    digest = hashlib.sha256(data).hexdigest()
    storage = storage_for(work)
    path = storage.join(work, "messages", digest[:32])
    with storage.create(path) as stream:
        stream.write(data)
    return msgspec.json.encode(_Reference(path, digest))


def refusal(error: MessageError) -> bytes:
    """The answer to a message that is no task."""
    return msgspec.json.encode(_Refusal(str(error)))


def opened(message: bytes) -> bytes:
    """The message itself, from wherever it is.

    :raises MessageError: for a refusal, and for a stored message that is damaged.
    :raises OSError: when a stored message can't be read.
    """
    if message.startswith(_REFUSAL):
        raise MessageError(_decoded(message, _Refusal).corral_refusal)
    if not is_reference(message):
        return message
    short = _decoded(message, _Reference)
    with storage_for(short.corral_ref).open(short.corral_ref) as stream:
        data = stream.read()
    if hashlib.sha256(data).hexdigest() != short.digest:
        raise MessageError(f"the message in {short.corral_ref} is damaged: it is not what was written there")
    return data


def _decoded(message: bytes, kind: type[_Short]) -> _Short:
    try:
        return msgspec.json.decode(message, type=kind)
    except msgspec.MsgspecError as error:
        raise MessageError(f"not a message of corral's remote executors: {error}") from error
