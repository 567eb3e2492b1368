"""Every error that corral raises on purpose, drawn as one tree.

::

    CorralError                     exit code 1
    ├── UsageError                  exit code 2: what was asked for can't be done; nothing was written
    │   ├── SettingsError           an unknown setting or a bad value, with the layer it came from
    │   ├── JobError                no job, several jobs, or a job that is put together wrongly
    │   ├── ParameterError          a parameter of the job that is missing, unknown, or has a bad value
    │   ├── InputError              no input, nothing matches, or it can't be read
    │   ├── OutputError             outputs are there already, or can't be written there
    │   ├── ResumeError             there is no run to go on with, or it is not the same run any more
    │   └── PluginError             a plugin that is missing, broken, or in conflict with another
    ├── RunError                    a run that started and failed
    │   └── TaskFailedError         one task failed; carries the report that its worker sent
    ├── DataError                   inside a task: the data can't be read, carried or written
    │   ├── RecordError             one input record can't be decoded or is too long
    │   ├── BadRecordsError         more bad records than maxBadRecords allows
    │   ├── CarryError              a key or value that the shuffle can't carry
    │   ├── PartitionError          a partitioner answered out of range
    │   ├── SegmentError            a shuffle segment is damaged, cut or gone
    │   ├── OutputTakenError        somebody else has written the task's output, with other bytes
    │   └── OutputRecordError       a record that the output format can't hold
    ├── SpillError                  a task's temporary space is full or can't be written
    ├── MessageError                a task message that this version of corral can't read
    └── ExecutorError               the place where a task ran failed, not its code: a closed set
        ├── WorkerLost              the worker died or its answer never came
        ├── Throttled               the place asked for fewer calls
        ├── TaskTimeout             the task ran longer than the place lets it
        ├── OutOfMemory             the task needed more memory than the place has
        └── ExecutorUnavailable     the place can't be reached, or was closed

A message is one lower-case sentence that names the thing and the way out. The command line turns an
error into ``exit_code``; any other exception is a bug of corral's and shows its traceback.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from corral_core.tasks import Failed

__all__ = [
    "BadRecordsError",
    "CarryError",
    "CorralError",
    "DataError",
    "ExecutorError",
    "ExecutorUnavailable",
    "InputError",
    "JobError",
    "MessageError",
    "OutOfMemory",
    "OutputError",
    "OutputRecordError",
    "OutputTakenError",
    "ParameterError",
    "PartitionError",
    "PluginError",
    "RecordError",
    "ResumeError",
    "RunError",
    "SegmentError",
    "SettingsError",
    "SpillError",
    "TaskFailedError",
    "TaskTimeout",
    "Throttled",
    "UsageError",
    "WorkerLost",
    "reason_of",
]


class CorralError(Exception):
    """The root of the tree; ``exit_code`` is what the command line ends with."""

    exit_code: ClassVar[int] = 1


class UsageError(CorralError):
    """What was asked for can't be done; nothing has been written."""

    exit_code = 2


class SettingsError(UsageError):
    """A setting that is unknown or has a bad value; the message names the layer it came from."""


class JobError(UsageError):
    """A job that can't be found, loaded or put together."""


class ParameterError(UsageError):
    """A parameter of the job that is missing, unknown, or has a bad value."""


class InputError(UsageError):
    """Inputs that are missing, match nothing, or can't be read."""


class OutputError(UsageError):
    """An output location that is taken or can't be written."""


class ResumeError(UsageError):
    """A run that can't be gone on with: there is none, it is damaged, or what it runs has changed."""


class PluginError(UsageError):
    """A plugin that is missing, broken, or in conflict with another."""


class RunError(CorralError):
    """A run that started and did not end well."""


class TaskFailedError(RunError):
    """A task failed and took the run with it.

    :param task: the task's name, such as ``stage 0 map 3``.
    :param report: what the worker sent back, or None when the place failed and sent nothing.
    """

    def __init__(self, message: str, task: str, report: Failed | None = None) -> None:
        super().__init__(message)
        self.task = task
        self.report = report


class DataError(CorralError):
    """Inside a task: data that can't be read, carried or written."""


class RecordError(DataError):
    """One input record can't be used.

    :param offset: where the record begins, in bytes from the start of its (decompressed) file.
    :param record: the record's bytes, or its first ones.
    :param size: bytes of the whole record, where ``record`` is not all of it.
    """

    PREVIEW: ClassVar[int] = 200
    """Bytes that a message about it shows, at most."""

    def __init__(self, message: str, offset: int | None = None, record: bytes = b"", size: int | None = None) -> None:
        super().__init__(message)
        self.offset = offset
        self.record = record
        self.size = len(record) if size is None else size

    @property
    def preview(self) -> bytes:
        """The record's first bytes."""
        return self.record[: self.PREVIEW]


class BadRecordsError(DataError):
    """More bad records than ``maxBadRecords`` allows: trying again would find them again."""


class CarryError(DataError):
    """A key or value of a type, or with a content, that the shuffle can't carry."""


class PartitionError(DataError):
    """A partitioner answered something that is not an integer in ``range(n)``."""


class SegmentError(DataError):
    """A shuffle segment is damaged, cut, gone, or of another version; the message names it.

    :param path: its file, when it is one that another task wrote.
    """

    def __init__(self, message: str, path: str | None = None) -> None:
        super().__init__(message)
        self.path = path


class OutputTakenError(DataError):
    """A task's output stands there already, with other bytes than the task's."""


class OutputRecordError(DataError):
    """A record that the output format can't hold; the message names it and the way out."""


class SpillError(CorralError):
    """A task's temporary space is full or can't be written; the message names the directory and the setting."""


class MessageError(CorralError):
    """A task message of another version, or one that is no task message."""


class ExecutorError(CorralError):
    """The place where a task ran failed, not the task's code. The subclasses are a closed set."""


class WorkerLost(ExecutorError):
    """The worker died, or its answer never came."""


class Throttled(ExecutorError):
    """The place asked for fewer calls; the task did not start."""


class TaskTimeout(ExecutorError):
    """The task ran longer than the place lets it."""


class OutOfMemory(ExecutorError):
    """The task needed more memory than the place has."""


class ExecutorUnavailable(ExecutorError):
    """The place can't be reached, or this executor has been closed."""


def reason_of(error: OSError) -> str:
    """What the system or a store says went wrong, to stand within a message: ``permission denied``."""
    if error.errno is not None and error.strerror == os.strerror(error.errno):
        return error.strerror[:1].lower() + error.strerror[1:]
    return error.strerror or str(error)
