"""What a run has done so far, in its folder, so that another driver can go on after this one is gone.

::

    LOCATION/_corral/RUN/journal/S-NNNNNN    S the session, NNNNNN counts its files

Each file is a few lines, each line a CRC-32 in eight hexadecimal digits, a space, and an entry as JSON. The last line
is a dot, so that no entry is missed unseen: a cut without its entry would let its pieces' numbers be given away twice.

Entries are kept back for a moment and written together: a file for each task would cost an object store's price for
each, and a crash loses no more than that moment's work, which is done again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import msgspec

from corral_core.errors import ResumeError
from corral_core.tasks import Done, Split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_core.storage.api import Storage

__all__ = ["Claimed", "Cut", "Entry", "Journal", "Renewed", "read_journal"]


class Cut(msgspec.Struct, frozen=True, tag="cut"):
    """A map task was cut in two."""

    stage: int
    number: int
    pieces: tuple[int, int]
    splits: tuple[tuple[Split, ...], tuple[Split, ...]]


class Claimed(msgspec.Struct, frozen=True, tag="claimed"):
    """The outputs in the location are this run's from now on."""


class Renewed(msgspec.Struct, frozen=True, tag="renewed"):
    """Records that a stage left for the next were lost and are made again: what later stages did before is void."""

    stage: int


Entry = Done | Cut | Claimed | Renewed

_LAST = b".\n"
_SHARE = 0.01
"""Of the time that a run has taken so far, what a crash may cost: so files become fewer as a run goes on."""
_LEAST = 0.25
_LEAST_REMOTE = 5.0
"""Seconds between two files: where a file costs nothing, and where it costs a request."""


class Journal:
    """Writes entries.

    :param folder: the run's.
    :param began: when the session began, on the clock that :meth:`due` is asked by.
    """

    def __init__(self, storage: Storage, folder: str, session: int, began: float) -> None:
        self._storage, self._folder, self._session = storage, storage.join(folder, "journal"), session
        self._began = self._flushed = began
        self._least = _LEAST if storage.local else _LEAST_REMOTE
        self._held: list[bytes] = []
        self._files = 0
        self._encode = msgspec.json.Encoder().encode

    def add(self, entry: Entry) -> None:
        """Keep an entry for the next file."""
        data = self._encode(entry)
        self._held.append(b"%08x %b\n" % (crc32(data), data))

    def due(self) -> float | None:
        """When the next file is to be written; None while there is nothing to write."""
        if not self._held:
            return None
        return self._flushed + max(self._least, (self._flushed - self._began) * _SHARE)

    def flush(self, now: float) -> None:
        """Write what is held.

        :raises OSError: when it can't be written; what is held stays so.
        """
        if not self._held:
            return
        self._flushed = now
        with self._storage.create(self._storage.join(self._folder, f"{self._session}-{self._files:06}")) as stream:
            stream.write(b"".join([*self._held, _LAST]))
        self._held.clear()
        self._files += 1


def read_journal(storage: Storage, folder: str) -> Iterator[Entry]:
    """All entries of all sessions, in the order in which they were written.

    :raises ResumeError: when a file is damaged.
    """
    for file in sorted(storage.list(storage.join(folder, "journal")), key=lambda file: _age(file.path)):
        with storage.open(file.path) as stream:
            data = stream.read()
        try:
            yield from _entries(data)
        except (ValueError, msgspec.MsgspecError) as error:
            raise ResumeError(
                f"the journal {file.path} is damaged ({error}): remove the run with corral clean and start anew"
            ) from error


def _entries(data: bytes) -> list[Entry]:
    if not data.endswith(_LAST):
        raise ValueError("its end is missing")
    return [_entry(line) for line in data.removesuffix(_LAST).splitlines()]


def _entry(line: bytes) -> Entry:
    checksum, _, entry = line.partition(b" ")
    if int(checksum, 16) != crc32(entry):
        raise ValueError("a checksum does not match")
    decoder: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)
    return decoder.decode(entry)


def _age(path: str) -> tuple[int, int]:
    session, _, number = path.rpartition("/")[2].partition("-")
    return (int(session), int(number)) if session.isdigit() and number.isdigit() else (-1, 0)
