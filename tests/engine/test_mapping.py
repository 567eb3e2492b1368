"""Which loop a task runs: a job that sets nothing aside pays nothing for those that do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from corral_core import Job, batch
from corral_core.engine import mapping
from corral_core.engine.taskio import Sink
from corral_core.engine.tolerant import Tolerant
from corral_core.engine.usercode import map_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Loops(Tolerant):
    """The real loop, without what a task would give it."""

    def __init__(self) -> None:
        pass


def emitting(key: str, value: str, emitter: Any) -> None:
    pass


def listing(key: str, value: str) -> list[Any]:
    return []


@batch
def batching(records: Iterable[Any]) -> list[Any]:
    return []


def nothing(*arguments: Any) -> None:
    pass


def chosen(mapper: Any, tolerant: Tolerant | None) -> Callable[..., Any]:
    loop = mapping.loop_of(map_code(Job(mapper)), Sink.of(nothing), emitting, nothing, tolerant)  # type: ignore[arg-type]  # (no loop runs)
    assert isinstance(loop, partial)
    return loop.func


@pytest.mark.parametrize(
    ("mapper", "strict"),
    [(emitting, "_let_emit"), (listing, "_map_each"), (batching, "_map_whole")],
    ids=["emitter", "pairs", "batch"],
)
def test_a_task_that_sets_nothing_aside_runs_the_bare_loop(mapper: Any, strict: str) -> None:
    bare = chosen(mapper, None)
    assert bare is getattr(mapping, strict)
    if mapper is not batching:
        # A try that never raises would cost little, and a call, a copy or a look more than the mapper.
        assert not {"copy", "undecodable", "unmapped"} & set(bare.__code__.co_names)


def test_a_task_that_sets_aside_looks_at_each_record_unless_it_gets_many_at_once() -> None:
    loops = Loops()
    assert chosen(emitting, loops) == loops.map
    assert chosen(listing, loops) == loops.map
    assert chosen(batching, loops) is mapping.__dict__["_map_whole"]
