from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from corral_core import Job, Sum, batch
from corral_core.engine.usercode import check_code, folding, map_code, reduce_code, sorts_values
from corral_core.errors import JobError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Sink:
    """An emitter that keeps what it is given."""

    def __init__(self) -> None:
        self.pairs: list[tuple[Any, Any]] = []

    def emit(self, key: Any, value: Any) -> None:
        self.pairs.append((key, value))


def yields(key: Any, value: Any) -> Iterator[tuple[Any, Any]]:
    yield key, value


def yields_with_an_option(key: Any, value: Any, suffix: str = "!") -> Iterator[tuple[Any, Any]]:
    yield key, value + suffix


def yields_any(*record: Any) -> Iterator[tuple[Any, Any]]:
    yield record


def emits(key: Any, value: Any, emitter: Any) -> None:
    emitter.emit(key, value)


def yields_and_takes_an_emitter(key: Any, value: Any, emitter: Any) -> Iterator[tuple[Any, Any]]:
    yield key, value


class Methods:
    def map(self, key: Any, value: Any, emitter: Any) -> None:
        emitter.emit(key, value)

    def reduce(self, key: Any, values: Any, emitter: Any) -> None:
        emitter.emit(key, list(values))


class Generators:
    def map(self, key: Any, value: Any) -> Iterator[tuple[Any, Any]]:
        yield key, value

    def reduce(self, key: Any, values: Any) -> Iterator[tuple[Any, Any]]:
        yield key, list(values)


class Batches:
    def map_batch(self, records: Any) -> Any:
        return records


@pytest.mark.parametrize(
    ("mapper", "style", "args"),
    [
        (yields, "pairs", 2),
        (lambda k, v: [(k, v)], "pairs", 2),
        (partial(yields_with_an_option, suffix="?"), "pairs", 2),
        (yields_with_an_option, "pairs", 2),
        (yields_any, "pairs", 2),
        (Generators, "pairs", 2),
        (Generators(), "pairs", 2),
        (emits, "emitter", 3),
        (Methods, "emitter", 3),
        (Methods(), "emitter", 3),
        (Methods().map, "emitter", 3),
        (Batches(), "batch", 1),
        (batch(lambda records: records), "batch", 1),
    ],
)
def test_each_style_of_mapper_is_told_by_what_it_takes(mapper: Any, style: str, args: int) -> None:
    job = Job(mapper)
    check_code(job)
    code = map_code(job)
    assert code.style == style
    sink = Sink()
    code.start(sink)
    arguments: dict[int, list[Any]] = {1: [[("k", "v")]], 2: ["k", "v"], 3: ["k", "v", sink]}
    pairs = code.call(*arguments[args])
    code.finish(sink)
    found = sink.pairs if style == "emitter" else list(pairs)
    assert [key for key, _ in found] == ["k"]


@pytest.mark.parametrize("reducer", [Methods, Methods(), Generators(), lambda k, vs: [(k, list(vs))]])
def test_each_style_of_reducer_has_one_shape(reducer: Any) -> None:
    sink = Sink()
    reduce_code(reducer, Job(yields, reducer)).call("k", iter([1, 2]), sink)
    assert sink.pairs == [("k", [1, 2])]


@pytest.mark.parametrize("role", ["mapper", "reducer", "combiner"])
@pytest.mark.parametrize(
    "part", [lambda key: [], lambda: [1], lambda key, value, emitter, more: None], ids=["one", "none", "four"]
)
def test_other_arguments_are_refused_before_any_work(role: str, part: Any) -> None:
    parts: dict[str, Any] = {"mapper": yields, "reducer": Sum(), role: part}
    with pytest.raises(JobError, match=r"must take \(key, values?\) and yield pairs, or \(key, values?, emitter\)"):
        check_code(Job(**parts, name="x"))


@pytest.mark.parametrize("role", ["mapper", "reducer"])
def test_yielding_beside_an_emitter_is_refused_since_what_is_yielded_would_be_lost(role: str) -> None:
    parts: dict[str, Any] = {"mapper": yields, "reducer": Sum(), role: yields_and_takes_an_emitter}
    with pytest.raises(JobError, match="takes an emitter and yields"):
        check_code(Job(**parts, name="x"))


def test_each_task_has_a_copy_and_a_class_an_instance() -> None:
    mapper = Methods()
    calls: list[Any] = [map_code(Job(part)).call for part in (mapper, mapper, Methods)]
    owners = {id(call.__self__) for call in calls}
    assert len(owners) == 3
    assert id(mapper) not in owners


class Locked:
    def __init__(self) -> None:
        import threading

        self.lock = threading.Lock()

    def map(self, key: Any, value: Any, emitter: Any) -> None:
        pass


class Needy(Locked):
    def __init__(self, what: str) -> None:
        self.what = what


@pytest.mark.parametrize("part", [Locked(), Needy])
def test_what_cannot_be_made_anew_says_so_and_the_way_out(part: Any) -> None:
    with pytest.raises(JobError, match=r"can't have a fresh (Locked|Needy): .*pass the class itself"):
        map_code(Job(part, name="x"))


def test_an_aggregator_folds_as_combiner_or_as_reducer_alone() -> None:
    total = Sum()
    assert folding(Job(yields, total)) is total
    assert isinstance(folding(Job(yields, Sum)), Sum)
    assert folding(Job(yields, yields, combiner=total)) is total
    assert folding(Job(yields, total, combiner=yields)) is None
    assert folding(Job(yields, yields)) is None
    assert folding(Job(yields)) is None


def test_values_that_are_folded_need_not_be_sorted() -> None:
    assert sorts_values(Job(yields, yields, sort_values=True))
    assert not sorts_values(Job(yields, Sum(), sort_values=True))
    assert not sorts_values(Job(yields, yields))
