"""Which loop a task runs: a job that sets nothing aside pays nothing for those that do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from corral_core import Job, batch
from corral_core.engine import mapping
from corral_core.engine.tolerant import Tolerant
from corral_core.engine.usercode import map_code

if TYPE_CHECKING:
    from collections.abc import Iterable


def emitting(key: str, value: str, emitter: Any) -> None:
    pass


def listing(key: str, value: str) -> list[Any]:
    return []


@batch
def batching(records: Iterable[Any]) -> list[Any]:
    return []


class Deaf:
    """Stands where a loop that does not run would have a sink, an emitter, a way to set aside."""

    def __getattr__(self, name: str) -> Any:
        return self


def chosen(mapper: Any, *, tolerant: bool) -> Any:
    """The function of the loop that a task runs."""
    deaf: Any = Deaf()
    loop = mapping.loop_of(
        map_code(Job(mapper)), deaf, deaf, deaf, Tolerant(deaf, deaf, deaf, deaf) if tolerant else None
    )
    assert isinstance(loop, partial)
    return getattr(loop.func, "__func__", loop.func)


@pytest.mark.parametrize(
    ("mapper", "loop"),
    [(emitting, "_let_emit"), (listing, "_map_each"), (batching, "_map_whole")],
    ids=["emitter", "pairs", "batch"],
)
def test_a_task_that_sets_nothing_aside_runs_the_bare_loop_of_its_style(mapper: Any, loop: str) -> None:
    assert chosen(mapper, tolerant=False) is getattr(mapping, loop)


@pytest.mark.parametrize("mapper", [emitting, listing], ids=["emitter", "pairs"])
def test_a_task_that_sets_aside_guards_each_record(mapper: Any) -> None:
    assert chosen(mapper, tolerant=True) is Tolerant.map


def test_a_mapper_of_many_records_at_once_runs_bare_in_any_case() -> None:
    assert chosen(batching, tolerant=True) is chosen(batching, tolerant=False)
