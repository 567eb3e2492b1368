"""What map and reduce tasks share: the emitter that the user sees, and the classes that a task names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from corral_core.aggregators import one_by_one
from corral_core.engine.output import TypedOutput
from corral_core.engine.stageinput import StageInput
from corral_core.formats.api import FormatOptions, InputFormat, OutputFormat
from corral_core.references import class_at
from corral_core.storage.resolve import storage_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from corral_core.errors import RecordError
    from corral_core.job import Emitter, Job, TaskContext
    from corral_core.storage.api import Storage
    from corral_core.tasks import MapTask, ReduceTask, TaskOptions

__all__ = ["STAGE_INPUT", "Sink", "encoder_of", "reader_of", "storage_of", "task_emitter"]

STAGE_INPUT = "corral-stage"
"""What ``TaskOptions.input_format`` says for the records of the stage before."""


class Sink(NamedTuple):
    """Where pairs go, one or many at a time."""

    emit: Callable[[Any, Any], None]
    absorb: Callable[[Iterable[tuple[Any, Any]]], None]

    @classmethod
    def of(cls, emit: Callable[[Any, Any], None]) -> Sink:
        """A sink that takes pairs one at a time only."""
        return cls(emit, one_by_one(emit))


def task_emitter(emit: Callable[[Any, Any], None], context: TaskContext) -> Emitter:
    """The emitter that the user's code sees; its ``emit`` is the sink's own function.

    It is a class, not an instance: CPython 3.11 calls a function that it finds on a class without a search and without
    binding it, which is a twentieth of the time of a job that emits each word.
    """
    return cast(
        "Emitter",
        type("Emitter", (), {"emit": emit, "context": context, "params": context.params, "count": context.count}),
    )


def storage_of(path: str, options: TaskOptions) -> Storage:
    """The storage of a path, a plugin's where the task says so."""
    return storage_for(path, options.storages)


def reader_of(task: MapTask, job: Job, bad_record: Callable[[RecordError], None] | None = None) -> InputFormat:
    """The reader of a map task's splits.

    :param bad_record: takes the records that can't be read, so that the reader goes on; None: they are raised.
    """
    options = FormatOptions(task.options.encoding, task.options.max_record_size, bad_record)
    if task.options.input_format == STAGE_INPUT:
        return StageInput(options, any_type=job.codec == "pickle")
    reader: InputFormat = class_at(task.options.input_format)(options)
    return reader


def encoder_of(task: MapTask | ReduceTask, job: Job) -> OutputFormat | TypedOutput:
    """The writer of a task's output: typed between two stages, the user's format at the end."""
    if task.typed_output:
        return TypedOutput(any_type=job.codec == "pickle")
    options = FormatOptions(task.options.encoding, task.options.max_record_size)
    writer: OutputFormat = class_at(task.options.output_format)(options)
    return writer
