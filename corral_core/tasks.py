"""The messages between driver and worker: frozen, versioned, JSON on the wire.

The driver encodes a :class:`MapTask` or a :class:`ReduceTask`, an executor carries the bytes, the worker
answers with a :class:`Done` or a :class:`Failed`. Data never travels in a message, only its place in storage,
so a message stays small whatever the size of the job.

msgspec was chosen because one small wheel gives both codecs that corral needs, JSON here and msgpack in the
shuffle, checks types as it decodes, and imports in a fraction of pydantic's time on a cold worker.
"""

from __future__ import annotations

from typing import Any, Literal, TypeVar

import msgspec

from corral_core.errors import MessageError

__all__ = [
    "LEAST_TASK_MEMORY",
    "VERSION",
    "DeadLetters",
    "Done",
    "Failed",
    "JobRef",
    "MapTask",
    "Output",
    "ReduceTask",
    "Reply",
    "SegmentRef",
    "Split",
    "Stats",
    "Task",
    "TaskId",
    "TaskOptions",
    "decode_reply",
    "decode_task",
    "encode",
]

VERSION = 1
"""The wire version. A worker refuses a message of any other."""

LEAST_TASK_MEMORY = 8 * 2**20
"""Bytes. Half of a task's memory is for the blocks of a merge, of which there are two at least (engine/fetch.py)."""

Phase = Literal["map", "reduce"]
FailureKind = Literal["user", "data", "limit", "segment", "taken", "memory", "timeout", "system"]


class Split(msgspec.Struct, frozen=True):
    """A range of one input file: the records whose first byte is in ``[start, end)``."""

    path: str
    start: int
    end: int
    size: int
    """The size of the whole file in bytes."""
    version: str = ""
    """What the storage called the file's version when the run was planned; empty: unknown."""

    @property
    def length(self) -> int:
        """Bytes in this split."""
        return self.end - self.start


class JobRef(msgspec.Struct, frozen=True):
    """Where a worker finds the job's code.

    ``file``: ``name`` is a Python file, relative to ``root``. ``module``: ``name`` is importable with ``root`` on
    ``sys.path``. ``pickle``: ``name`` is the storage path of a cloudpickle of the list of jobs, for jobs that no
    module holds.
    """

    kind: Literal["file", "module", "pickle"]
    name: str
    root: str = ""
    attribute: str = ""
    """The module-level name of a Job, a list of them, or a Driver; empty for ``pickle``."""
    digest: str = ""
    """SHA-256 of the source or the pickle: a cached job is reused only when it is the same."""


class TaskId(msgspec.Struct, frozen=True):
    """Which attempt at which task of which run."""

    run: str
    stage: int
    phase: Phase
    index: int
    attempt: int = 0
    session: int = 0
    """How many drivers have worked on this run before: 0, or more when it was resumed."""

    def __str__(self) -> str:
        """As people read it: ``stage 0 map 3``."""
        return f"stage {self.stage} {self.phase} {self.index}"

    @property
    def label(self) -> str:
        """What stands behind the names of an attempt's own files, so that no two attempts share one."""
        return f"{self.session}.{self.attempt}" if self.session else str(self.attempt)


class TaskOptions(msgspec.Struct, frozen=True):
    """What a worker must know of the settings. Plugins' classes go by ``module:Class``, so that a worker needs no
    plugin manager."""

    input_format: str
    output_format: str
    encoding: str = "utf-8"
    max_record_size: int = 64 * 2**20
    task_memory: int = 512 * 2**20
    spill_directory: str | None = None
    """Where temporary runs go; None: where the worker's system keeps temporary files."""
    max_bad_records: int | None = 0
    """Bad records that a map task sets aside before it gives up; 0: none, the first one fails it; None: any number."""
    storages: dict[str, str] = {}
    """Storage class by scheme, only for schemes that a plugin brings."""
    params: dict[str, Any] = {}
    """The values of all jobs' parameters, by name, as JSON holds them."""


class SegmentRef(msgspec.Struct, frozen=True, array_like=True):
    """One sorted segment of the shuffle: ``length`` bytes at ``offset`` of ``path``."""

    path: str
    offset: int
    length: int
    records: int


class Output(msgspec.Struct, frozen=True):
    """One finished output file."""

    path: str
    size: int
    records: int
    checksum: str
    """``crc32:`` and eight hexadecimal digits, over the file's bytes."""


class DeadLetters(Output, frozen=True):
    """The file of a map task's bad records."""

    first: str
    """The first of them, its place and its error, as a message tells it."""


class Stats(msgspec.Struct, frozen=True):
    """What a task did. Bytes are as stored; seconds are the worker's own clock."""

    records_in: int = 0
    bytes_in: int = 0
    records_out: int = 0
    bytes_out: int = 0
    spills: int = 0
    seconds: float = 0.0
    peak_memory: int = 0
    """Largest resident size of the worker's process, in bytes, over its life so far."""
    bad_records: int = 0
    """Records set aside; they are not among ``records_in``."""
    requests: dict[str, int] = {}
    """To stores that count them (storage/requests.py), by kind: what the worker's process made while the task ran."""


class MapTask(msgspec.Struct, frozen=True, tag="map"):
    """Read ``splits``, map their records, and leave a sorted segment for each of ``partitions`` below ``work``; with no
    partitions, write ``output`` instead."""

    id: TaskId
    job: JobRef
    splits: tuple[Split, ...]
    partitions: int
    work: str
    options: TaskOptions
    layout: Literal["files", "single"] = "files"
    output: str | None = None
    typed_output: bool = False
    copies: bool = False
    """Write the records as they are: the job has mapped them already."""
    version: int = VERSION


class ReduceTask(msgspec.Struct, frozen=True, tag="reduce"):
    """Merge ``segments``, which stand in the order of their mappers, reduce their keys and write ``output``."""

    id: TaskId
    job: JobRef
    segments: tuple[SegmentRef, ...]
    work: str
    options: TaskOptions
    output: str
    typed_output: bool = False
    """True between stages: the output keeps its types for the stage that reads it."""
    version: int = VERSION


class Done(msgspec.Struct, frozen=True, tag="done"):
    """A task that ended well. ``segments[p]`` is partition p's segment, or None when it is empty."""

    id: TaskId
    stats: Stats
    counters: dict[str, int]
    segments: tuple[SegmentRef | None, ...] = ()
    output: Output | None = None
    dead_letters: DeadLetters | None = None
    version: int = VERSION


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """A task that failed in its worker.

    ``kind``: ``user`` is an exception in the job's code; ``data`` is data that can't be read, carried or written;
    ``limit`` is one bad record too many; ``segment`` is a segment that is damaged or gone; ``taken`` is an output that
    somebody else has written, with other bytes; ``memory`` is a MemoryError; ``timeout`` is a task that ended itself
    before its place would; ``system`` is anything else, such as storage.
    """

    id: TaskId
    kind: FailureKind
    error: str
    """The exception's type name."""
    message: str
    traceback: str = ""
    """The user's frames; empty where there are none and the message says all."""
    file: str | None = None
    offset: int | None = None
    """Where the record in hand begins, in bytes from the start of its (decompressed) file."""
    preview: str = ""
    """The first characters of the record or key in hand, escaped."""
    segment: str | None = None
    """The path of the segment, when that is what is wrong."""
    version: int = VERSION


Task = MapTask | ReduceTask
Reply = Done | Failed

_T = TypeVar("_T")
_encoder = msgspec.json.Encoder()


class _Versioned(msgspec.Struct):
    version: int = 0


def encode(message: Task | Reply) -> bytes:
    """The message as JSON."""
    return _encoder.encode(message)


def decode_task(data: bytes) -> Task:
    """:raises MessageError: when it is no task, or of another version."""
    decoder: msgspec.json.Decoder[Task] = msgspec.json.Decoder(MapTask | ReduceTask)
    return _decode(data, decoder)


def decode_reply(data: bytes) -> Reply:
    """:raises MessageError: when it is no reply, or of another version."""
    decoder: msgspec.json.Decoder[Reply] = msgspec.json.Decoder(Done | Failed)
    return _decode(data, decoder)


def _decode(data: bytes, decoder: msgspec.json.Decoder[_T]) -> _T:
    try:
        version = msgspec.json.decode(data, type=_Versioned).version
        if version != VERSION:
            raise MessageError(
                f"a task message has version {version} and this corral reads version {VERSION}: "
                "install the same corral-core for driver and workers"
            )
        return decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise MessageError(f"not a task message of corral: {error}") from error
