"""The user's code in the one shape that tasks call, whichever style it was written in.

A mapper becomes :class:`MapCode`, a reducer or combiner :class:`ReduceCode`: a function that takes the emitter, plus
the optional ``start`` and ``finish``. Each task gets fresh copies, so state never leaks from one task to the next.
"""

from __future__ import annotations

import copy
import inspect
from contextlib import suppress
from dataclasses import dataclass
from traceback import walk_tb
from typing import TYPE_CHECKING, Any, Literal

from corral_core.engine.arguments import NOTHING, bound, taken
from corral_core.errors import CarryError, JobError
from corral_core.job import is_aggregator
from corral_core.parameters import keyword_only, signature

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from corral_core.aggregators import Aggregator
    from corral_core.job import Job

__all__ = ["MapCode", "ReduceCode", "at_its_yield", "check_code", "folding", "map_code", "reduce_code", "sorts_values"]


_PREVIEW = 60
"""Characters of the user's own value that a message shows."""


@dataclass(frozen=True, slots=True)
class MapCode:
    """A mapper. ``call`` takes ``(key, value, emitter)``; in style ``pairs``, ``(key, value)`` and gives pairs; in
    style ``batch``, an iterator of a split's records and gives pairs."""

    call: Callable[..., Any]
    style: Literal["emitter", "pairs", "batch"]
    start: Callable[[Any], None]
    finish: Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class ReduceCode:
    """A reducer or combiner; ``call`` takes ``(key, values, emitter)``."""

    call: Callable[[Any, Any, Any], None]
    start: Callable[[Any], None]
    finish: Callable[[Any], None]


def map_code(job: Job, arguments: Mapping[str, Any] = NOTHING) -> MapCode:
    """The job's mapper, fresh.

    :param arguments: values of the job's parameters.
    :raises JobError: when it can't be copied, or takes other arguments than a mapper's.
    """
    part = _fresh(job.mapper, job, arguments)
    if _is_batch(part):
        call, style = getattr(part, "map_batch", part), "batch"
    else:
        call = getattr(part, "map", part)
        style = "emitter" if _takes_emitter(call, job, "mapper", "key, value") else "pairs"
    return MapCode(bound(call, arguments), style, *_around(part))  # type: ignore[arg-type]  # mypy widens the literals


def reduce_code(part: Any, job: Job, arguments: Mapping[str, Any] = NOTHING) -> ReduceCode:
    """A reducer or combiner of the job, fresh.

    :param arguments: values of the job's parameters.
    :raises JobError: when it can't be copied, or takes other arguments than a reducer's.
    """
    part = _fresh(part, job, arguments)
    given = getattr(part, "reduce", part)
    call = bound(given, arguments)
    if not _takes_emitter(given, job, "reducer", "key, values"):
        call = _emitting(call)
    return ReduceCode(call, *_around(part))


def check_code(job: Job) -> None:
    """:raises JobError: when a mapper or reducer takes other arguments than it is given; for before any work."""
    if not isinstance(job.mapper, type) and not _is_batch(job.mapper):
        _takes_emitter(getattr(job.mapper, "map", job.mapper), job, "mapper", "key, value")
    for part in (job.reducer, job.combiner):
        if part is not None and not isinstance(part, type) and not is_aggregator(part):
            _takes_emitter(getattr(part, "reduce", part), job, "reducer", "key, values")


def folding(job: Job) -> Aggregator | None:
    """The aggregator that folds this job's values at the mappers, if it has one."""
    part = job.combiner if job.combiner is not None else job.reducer
    if part is None or not is_aggregator(part):
        return None
    return part() if isinstance(part, type) else part  # type: ignore[no-any-return]  # checked by is_aggregator


def sorts_values(job: Job) -> bool:
    """Whether values must be kept sorted in the shuffle: not when they are folded into one."""
    return job.sort_values and folding(job) is None


def at_its_yield(pairs: Any, error: Exception, who: str, *, calls: int) -> Exception:
    """What to raise for an error that came while pairs were taken from the user's code: with the line in its traceback
    where a generator yielded what could not be emitted, and, when that was no pair, saying so.

    :param pairs: what the user's function gave.
    :param who: the function, as a message calls it.
    :param calls: how many calls below the one that caught the error lies the loop that takes each pair apart.
    """
    if pairs is None:
        return TypeError(
            f"{who} gave None instead of pairs: let it yield them, return a list of them, or take the emitter as its "
            "third argument"
        )
    if isinstance(pairs, tuple) and pairs and not isinstance(pairs[0], tuple | list):
        return TypeError(
            f"{who} returned {_shown(pairs)}, which is no list of pairs: let it yield key, value, or return a list of "
            "such pairs"
        )
    frames = sum(1 for _ in walk_tb(error.__traceback__))
    if frames == calls + 1 and not isinstance(error, CarryError):  # raised by the loop itself
        error = TypeError(f"{who} must give pairs (key, value), and gave something else: {error}")
    if hasattr(pairs, "throw"):
        with suppress(type(error)):
            pairs.throw(error)
    return error


def _shown(pairs: Any) -> str:
    text = repr(pairs)
    return text if len(text) <= _PREVIEW else text[:_PREVIEW] + "..."


def _emitting(call: Callable[[Any, Any], Any]) -> Callable[[Any, Any, Any], None]:
    def emitting(key: Any, values: Any, emitter: Any) -> None:
        emit = emitter.emit
        pairs = call(key, values)
        try:
            for out_key, out_value in pairs:
                emit(out_key, out_value)
        except (TypeError, ValueError) as error:
            raise at_its_yield(pairs, error, _name(call), calls=0) from None

    return emitting


def _fresh(part: Any, job: Job, arguments: Mapping[str, Any]) -> Any:
    if inspect.isroutine(part):
        return part
    try:
        return part(**taken(part, arguments)) if isinstance(part, type) else copy.deepcopy(part)
    except Exception as error:  # whatever the user's own constructor or copy raises
        raise JobError(
            f"job {job.name}: a task can't have a fresh {_name(part)}: {error}; pass the class itself, and open what "
            "can't be copied in its method start"
        ) from error


def _is_batch(part: Any) -> bool:
    return hasattr(part, "map_batch") or getattr(part, "corral_batch", False)


def _takes_emitter(call: Callable[..., Any], job: Job, role: str, arguments: str) -> bool:
    """Whether a call must be given an emitter; one that can do without, by a default or ``*args``, is given none."""
    if _binds(call, 2):
        return False
    if not _binds(call, 3):
        raise JobError(
            f"job {job.name}: {role} {_name(call)} must take ({arguments}) and yield pairs, or ({arguments}, emitter)"
        )
    if inspect.isgeneratorfunction(call):
        raise JobError(
            f"job {job.name}: {role} {_name(call)} takes an emitter and yields, so what it yields would be lost: take "
            f"({arguments}), or emit"
        )
    return True


def _binds(call: Callable[..., Any], count: int) -> bool:
    try:
        signature(call).bind(*range(count), **dict.fromkeys(keyword_only(call)))
    except TypeError:
        return False
    except ValueError:  # a builtin without a signature
        return True
    return True


def _around(part: Any) -> tuple[Callable[[Any], None], Callable[[Any], None]]:
    return getattr(part, "start", _nothing), getattr(part, "finish", _nothing)


def _nothing(emitter: Any) -> None:
    """What runs where the user has no ``start`` or ``finish``."""


def _name(part: Any) -> str:
    return str(getattr(part, "__qualname__", type(part).__qualname__))
