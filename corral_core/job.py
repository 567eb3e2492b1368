"""What a user writes: a :class:`Job` out of a mapper and a reducer, in either of two styles.

Methods with an emitter::

    class WordCount:
        def map(self, key, value, emitter):
            for word in value.split():
                emitter.emit(word, 1)

        def reduce(self, key, values, emitter):
            emitter.emit(key, sum(values))

    job = Job(WordCount(), WordCount())

or plain functions, which yield pairs or take the emitter as their third argument::

    def mapper(key, value):
        for word in value.split():
            yield word, 1

    job = Job(mapper, Sum())

A mapper, reducer or combiner that is an object may keep state: each task gets a copy of its own (of a class, a new
instance). Of a mapper or reducer, ``start(emitter)`` and ``finish(emitter)``, where it has them, run around the task's
records.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, is_dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol

from corral_core.errors import JobError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from corral_core.parameters import Parameter

__all__ = ["Emitter", "Job", "Key", "TaskContext", "batch", "context", "count"]

Key = None | bool | int | float | str | bytes | tuple[Any, ...]
"""What may be a key; tuples hold keys again. Compared by type and value: 1, 1.0 and True are three keys."""


@dataclass(slots=True)
class TaskContext:
    """Where a task's code is running; :func:`context` answers it."""

    run: str
    stage: int
    phase: Literal["map", "reduce"]
    task: int
    """The mapper's or reducer's number."""
    attempt: int
    file: str | None = None
    """The input file in hand, in a map task."""
    start: int | None = None
    end: int | None = None
    """The split in hand: bytes ``[start, end)`` of ``file``."""
    counters: dict[str, int] = field(default_factory=dict)
    params: Any = None
    """An instance of the job's model of parameters, if it has one."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """The values of all parameters of the job, by name."""

    def count(self, name: str, amount: int = 1) -> None:
        """Add to a counter of the run.

        :raises TypeError: when the amount is no whole number.
        """
        if not isinstance(amount, int):
            raise TypeError(f"the counter {name!r} takes whole numbers, not {type(amount).__name__}")
        self.counters[name] = self.counters.get(name, 0) + amount


class Emitter(Protocol):
    """What ``map``, ``reduce``, ``start`` and ``finish`` write to."""

    context: TaskContext
    params: Any
    """The same as ``context.params``."""

    def emit(self, key: Any, value: Any, /) -> None:
        """Hand on one pair."""

    def count(self, name: str, amount: int = 1, /) -> None:
        """Add to a counter of the run."""


_context: ContextVar[TaskContext] = ContextVar("corral_task_context")


@contextmanager
def running(task: TaskContext) -> Iterator[None]:
    """Make a task the one that :func:`context` answers, in this thread."""
    token = _context.set(task)
    try:
        yield
    finally:
        _context.reset(token)


def context() -> TaskContext:
    """The task that is running this code: for generator functions, which have no emitter.

    :raises LookupError: outside a task.
    """
    return _context.get()


def count(name: str, amount: int = 1) -> None:
    """Add to a counter of the run, from inside a task.

    :raises LookupError: outside a task.
    """
    _context.get().count(name, amount)


def batch(mapper: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a function as the batch form of a mapper: it is called once a split with an iterator of the split's
    ``(key, value)`` records and yields pairs, so it can keep what it computes in local variables.

    A method ``map_batch(records)`` of a mapper object is the same.
    """
    mapper.corral_batch = True  # type: ignore[attr-defined]  # a mark on a function
    return mapper


class Job:
    """One stage: a mapper, and a reducer unless the stage ends with its mappers.

    :param mapper: an object or class with ``map(key, value, emitter)``, or a function ``(key, value)`` that yields
        pairs, or a function ``(key, value, emitter)``.
    :param reducer: the same with ``reduce`` and ``(key, values)``, or an aggregator such as ``Sum()``, which is its
        own combiner. Without one, what the mappers emit is the output, one file a mapper, unsorted.
    :param combiner: like a reducer, run on a part of a key's values at the mapper, any number of times, zero
        included; it must emit the key that it was given.
    :param partitioner: ``(key, n) -> int`` in ``range(n)``; by default a stable hash.
    :param sort_values: give a reducer its values sorted instead of in input order.
    :param reducers: how many; by default from the size of the input.
    :param name: what messages call this stage.
    :param codec: ``pickle`` carries values of any type, at the price of speed and of trust in the working location.
    :param input_format: overrides the setting ``inputFormat`` for this job; first stage only.
    :param output_format: overrides the setting ``outputFormat`` for this job; last stage only.
    :param params: a pydantic model or a dataclass, whose fields are parameters of the job, besides the annotated
        keyword-only arguments of its code; its tasks find an instance in ``emitter.params`` and ``context().params``.
    :raises JobError: when the parts don't fit together.
    """

    def __init__(
        self,
        mapper: Any,
        reducer: Any = None,
        *,
        combiner: Any = None,
        partitioner: Callable[..., int] | None = None,
        sort_values: bool = False,
        reducers: int | None = None,
        name: str | None = None,
        codec: Literal["typed", "pickle"] = "typed",
        input_format: str | None = None,
        output_format: str | None = None,
        params: type | None = None,
    ) -> None:
        self.mapper = mapper
        self.reducer = reducer
        self.combiner = combiner
        self.partitioner = partitioner
        self.sort_values = sort_values
        self.reducers = reducers
        self.name = name or _name_of(mapper)
        self.codec = codec
        self.input_format = input_format
        self.output_format = output_format
        self.params: Any = params
        self._check()

    def __repr__(self) -> str:
        return f"<Job {self.name}>"

    @cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        """What the job lets its users choose, by name: flags of the command, ``params`` in code.

        :raises JobError: when one is declared wrongly.
        """
        from corral_core.parameters import declared

        parts = {name: getattr(self, name) for name in ("mapper", "reducer", "combiner", "partitioner")}
        used = {name: part for name, part in parts.items() if part is not None and not is_aggregator(part)}
        return declared(self.params, used)

    def _check(self) -> None:
        if not (callable(self.mapper) or hasattr(self.mapper, "map") or hasattr(self.mapper, "map_batch")):
            raise JobError(f"job {self.name}: a mapper is a function or has a method map, not {_what(self.mapper)}")
        for role, part in (("reducer", self.reducer), ("combiner", self.combiner)):
            if part is not None and not (callable(part) or hasattr(part, "reduce") or is_aggregator(part)):
                raise JobError(
                    f"job {self.name}: a {role} is a function, an aggregator, or has a method reduce, not {_what(part)}"
                )
        if self.codec not in ("typed", "pickle"):
            raise JobError(f"job {self.name}: codec is 'typed' or 'pickle', not {self.codec!r}")
        if self.params is not None and not (is_dataclass(self.params) or hasattr(self.params, "model_fields")):
            raise JobError(f"job {self.name}: params is a pydantic model or a dataclass, not {_what(self.params)}")
        if self.reducers is not None and (not isinstance(self.reducers, int) or self.reducers < 1):
            raise JobError(f"job {self.name}: reducers is a whole number from 1, not {self.reducers!r}")
        if self.reducer is None:
            given = [n for n in ("combiner", "partitioner", "sort_values", "reducers") if getattr(self, n)]
            if given:
                raise JobError(f"job {self.name}: {given[0]} needs a reducer, and this job has none")


def is_aggregator(part: Any) -> bool:
    """Whether this is an aggregator, an instance or the class."""
    return all(hasattr(part, method) for method in ("create", "merge", "finish_value", "absorber"))


def _name_of(part: Any) -> str:
    named = part if hasattr(part, "__name__") else type(part)
    return str(named.__name__)


def _what(part: Any) -> str:
    return f"a {type(part).__name__}"
