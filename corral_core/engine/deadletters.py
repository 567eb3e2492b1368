"""Dead letters: the bad records of a run, with their places and errors, in the order of the input.

::

    a map attempt:  bad record ──DeadLetterFile──► LOCATION/_corral/RUN/stage-S/bad-Y.A   (only when there is one)
    at the end:     the winners' files, by stage and task ──gather──► LOCATION/_bad_records.jsonl

A line of either is a JSON object, see :class:`DeadLetter`. Nothing in it depends on how the input was cut.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from zlib import crc32

import msgspec

from corral_core.engine.failure import message_of
from corral_core.engine.place import PREVIEW
from corral_core.engine.taskio import storage_of
from corral_core.errors import BadRecordsError, RecordError, RunError
from corral_core.formats.api import KEPT
from corral_core.tasks import DeadLetters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from corral_core.engine.place import Place
    from corral_core.storage.api import Storage
    from corral_core.tasks import MapTask, Output

__all__ = ["DeadLetter", "DeadLetterFile", "dead_letters", "gather", "too_many"]

ERROR_SHOWN = 1000
"""Characters of an error's message that a dead letter keeps."""
FIRST_SHOWN = 300
"""Characters of the first error that go to the driver."""
_COPY = 2**20
"""Bytes to copy at a time."""

_text = getincrementaldecoder("utf-8")
_encode = msgspec.json.Encoder().encode


class DeadLetter(msgspec.Struct, frozen=True, omit_defaults=True):
    """A bad record. Its bytes stand in ``record`` where they are UTF-8, else in ``record_base64``."""

    stage: int
    file: str | None
    """None in a later stage, whose records lie in no file of the user's; so is ``offset``."""
    offset: int | None
    """Where the record begins, in bytes from the start of its (decompressed) file."""
    error: str
    record: str | None = None
    """A later stage's: the key and the value as Python writes them."""
    record_base64: bytes | None = None
    truncated: bool = False
    """Only the beginning of the record is here."""
    size: int | None = None
    """Bytes of the whole record, when it is truncated."""


class DeadLetterFile:
    """What one attempt at a map task sets aside; appears when its block ends well, if there is anything in it.

    :param stack: closes the file.
    """

    def __init__(self, task: MapTask, place: Place, stack: ExitStack) -> None:
        self._task, self._place, self._stack = task, place, stack
        self._storage = storage_of(task.work, task.options)
        self._path = self._storage.join(task.work, f"bad-{task.id.index}.{task.id.label}")
        self._first = ""
        self.records = self._size = self._checksum = 0

    def undecodable(self, error: RecordError) -> None:
        """Set a record aside that the reader refused.

        :raises BadRecordsError: when it is one too many.
        """
        self._add(error, error.offset, error.record, error.size)

    def unmapped(self, error: Exception, key: Any, value: Any) -> None:
        """Set the record in hand aside, since the mapper raised.

        :raises BadRecordsError: when it is one too many.
        """
        raw = self._place.raw(key, value)
        self._add(error, self._place.offset, raw, len(raw))

    def output(self) -> DeadLetters | None:
        """What has been written, if anything."""
        if not self.records:
            return None
        return DeadLetters(self._path, self._size, self.records, f"crc32:{self._checksum:08x}", self._first)

    def _add(self, error: Exception, offset: int | None, raw: bytes, size: int) -> None:
        told = f"{type(error).__name__}: {message_of(error)}"
        stage = self._task.id.stage
        file = self._place.file if stage == 0 else None
        if not self.records:
            self._first = _placed(told[:FIRST_SHOWN], f"byte {offset} of {file}" if file else _shown(raw, stage), file)
        self.records += 1
        limit = self._task.options.max_bad_records
        if limit is not None and self.records > limit:
            self._place.forget()  # the error names the first record, not this one
            raise BadRecordsError(too_many(str(limit), self._first)) from error
        letter = DeadLetter(stage, file, offset, told[:ERROR_SHOWN], **_content(raw[:KEPT], size))
        self._write(_encode(letter) + b"\n")

    def _write(self, line: bytes) -> None:
        if self.records == 1:
            self._stream = self._stack.enter_context(self._storage.create(self._path))
        self._stream.write(line)
        self._size += len(line)
        self._checksum = crc32(line, self._checksum)


@contextmanager
def dead_letters(task: MapTask, place: Place) -> Iterator[DeadLetterFile]:
    """The file of a task's bad records, which is there when the block has ended well."""
    with ExitStack() as stack:
        yield DeadLetterFile(task, place, stack)


def gather(storage: Storage, parts: Sequence[Output], target: str) -> None:
    """Put the dead-letter files of tasks together, in this order.

    :raises RunError: when one is not as its task left it; then there is no ``target``.
    """
    with storage.create(target) as out:
        for part in parts:
            size = checksum = 0
            with storage.open(part.path) as stream:
                while data := stream.read(_COPY):
                    out.write(data)
                    size += len(data)
                    checksum = crc32(data, checksum)
            if (size, f"crc32:{checksum:08x}") != (part.size, part.checksum):
                raise RunError(f"the dead letters in {part.path} were changed while the run went on: run it again")


def too_many(limit: str, first: str, counted: str = "") -> str:
    """The message of a run with too many bad records.

    :param counted: how many of how many, where that is known.
    """
    found = f" ({counted})" if counted else ""
    return f"more bad records than maxBadRecords={limit} allows{found}, first {first}: raise it, or mend the input"


def _placed(told: str, place: str, file: str | None) -> str:
    return told if file is not None and file in told else f"{told} ({place})"


def _shown(raw: bytes, stage: int) -> str:
    return f"stage {stage}, record {raw[:PREVIEW].decode('utf-8', 'replace')}"


def _content(kept: bytes, size: int) -> dict[str, Any]:
    truncated = size > len(kept)
    more = {"truncated": True, "size": size} if truncated else {}
    try:
        return {"record": _text().decode(kept, final=not truncated), **more}
    except UnicodeDecodeError:
        return {"record_base64": kept, **more}
