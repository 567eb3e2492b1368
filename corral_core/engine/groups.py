"""What a map task holds in memory: emitted pairs, grouped by key. Two kinds, with one shape.

:class:`Collected` keeps a list of values for each key and runs the user's combiner over the lists, if there is one;
:class:`Folded` keeps one accumulator for each key.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from corral_core.engine.folds import folded
from corral_core.engine.merge import Chunk
from corral_core.engine.segment import Block
from corral_core.keys import admit, sort, ungroup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from corral_core.aggregators import Aggregator
    from corral_core.engine.merge import Stream

__all__ = ["Collected", "Combine", "Folded", "Groups", "group_blocks", "key_blocks"]

Combine = "Callable[[Any, list[Any]], list[Any]]"
"""``combine(key, values)`` gives the values that stand for these."""

VALUES_AT_ONCE = 2**16
"""Values that are copied out at a time when groups are written: a bound on what writing adds to memory."""
KEYS_AT_ONCE = 2**12
"""Keys that are looked up at a time, as long as they have few values."""
KEYS_PER_CHECK = 2**12
"""New keys between two looks at the memory."""


class Groups(ABC):
    """Pairs grouped by key, by what :func:`~corral_core.keys.admit` makes of it."""

    emit: Callable[[Any, Any], None]
    """Adds a pair."""
    absorb: Callable[[Iterable[tuple[Any, Any]]], None]
    """Adds pairs, without a call for each."""
    held: dict[Any, Any]

    @abstractmethod
    def blocks(self, grouped: list[Any]) -> Iterator[Block]:
        """The values of these keys, which are held, in this order."""

    def shrink(self) -> bool:
        """Try to hold less without writing anything; answers whether it was worth it."""
        return False

    @abstractmethod
    def merged(self, part: Chunk | Stream) -> Iterator[Block]:
        """The blocks of part of a merge of spilled runs."""


class _Lists(dict[Any, list[Any]]):
    """A dict of lists that asks, once in many new keys, whether there is still memory."""

    def __init__(self, check: Callable[[], None]) -> None:
        super().__init__()
        self._check, self._left = check, KEYS_PER_CHECK

    def __missing__(self, key: Any) -> list[Any]:
        self._left -= 1
        if not self._left:
            self._left = KEYS_PER_CHECK
            self._check()  # may empty this dict: the new key then begins the next run
        values = self[key] = []
        return values


class Collected(Groups):
    """A list of values for each key.

    :param check: called once in a while as keys are added.
    """

    def __init__(
        self,
        check: Callable[[], None],
        combine: Callable[[Any, list[Any]], list[Any]] | None = None,
        *,
        sort_values: bool = False,
    ) -> None:
        held = self.held = _Lists(check)
        self._combine, self._sort = combine, sort_values

        def emit(key: Any, value: Any) -> None:
            if key.__class__ is not str:
                key = admit(key)
            held[key].append(value)

        def absorb(pairs: Iterable[tuple[Any, Any]]) -> None:
            for key, value in pairs:
                held[key if key.__class__ is str else admit(key)].append(value)

        self.emit, self.absorb = emit, absorb

    def blocks(self, grouped: list[Any]) -> Iterator[Block]:
        for at in range(0, len(grouped), KEYS_AT_ONCE):
            some = grouped[at : at + KEYS_AT_ONCE]
            keys = list(map(ungroup, some))
            lists = self._settled(keys, list(map(self.held.__getitem__, some)))
            if all(lists) and sum(map(len, lists)) <= VALUES_AT_ONCE:
                yield _block(keys, lists)
            else:
                yield from group_blocks(zip(keys, lists, strict=True))

    def shrink(self) -> bool:
        if self._combine is None:
            return False
        before = sum(map(len, self.held.values()))
        for key, values in self.held.items():
            if len(values) > 1:
                self.held[key] = self._combine(ungroup(key), values)
        return sum(map(len, self.held.values())) * 2 < before

    def merged(self, part: Chunk | Stream) -> Iterator[Block]:
        if isinstance(part, Chunk):
            alone = part.single() if self._combine is None else None  # a key from one run only is settled already
            if alone is not None:
                return iter([alone])
            pairs = list(part.grouped())
            keys = [key for key, _ in pairs]
            return group_blocks(zip(keys, self._settled(keys, [values for _, values in pairs]), strict=True))
        lists = part.lists
        if self._combine is not None and not self._sort:  # a streamed key's values are in order already
            lists = (self._settled([part.key], [values])[0] for values in lists)
        return key_blocks(part.key, chain.from_iterable(lists))

    def _settled(self, keys: list[Any], lists: list[list[Any]]) -> list[list[Any]]:
        """The values of some keys, combined and sorted as the job wants it."""
        combine = self._combine
        if combine is not None:
            lists = [
                combine(key, values) if len(values) > 1 else values for key, values in zip(keys, lists, strict=True)
            ]
        if self._sort:
            for values in lists:
                sort(values)
        return lists


class Folded(Groups):
    """One accumulator for each key."""

    def __init__(self, aggregator: Aggregator) -> None:
        self.held = {}
        self.emit, self.absorb = aggregator.emitter(self.held), aggregator.absorber(self.held)
        self._aggregator = aggregator

    def blocks(self, grouped: list[Any]) -> Iterator[Block]:
        pack, held = self._aggregator.pack, self.held
        for at in range(0, len(grouped), VALUES_AT_ONCE):
            keys = grouped[at : at + VALUES_AT_ONCE]
            values = [pack(held[key]) for key in keys]
            yield Block(list(map(ungroup, keys)), None, values)

    def merged(self, part: Chunk | Stream) -> Iterator[Block]:
        pairs = list(folded(self._aggregator, part))
        pack = self._aggregator.pack
        yield Block([key for key, _ in pairs], None, [pack(value) for _, value in pairs])


def group_blocks(groups: Iterable[tuple[Any, list[Any]]]) -> Iterator[Block]:
    """Keys with their values as blocks of some size; a key without values is left out."""
    keys: list[Any] = []
    lists: list[list[Any]] = []
    size = 0
    for key, values in groups:
        if not values:
            continue  # the combiner left nothing of this key
        if len(values) > VALUES_AT_ONCE:
            if keys:
                yield _block(keys, lists)
            keys, lists, size = [], [], 0
            yield from key_blocks(key, iter(values))
            continue
        keys.append(key)
        lists.append(values)
        size += len(values)
        if size >= VALUES_AT_ONCE:
            yield _block(keys, lists)
            keys, lists, size = [], [], 0
    if keys:
        yield _block(keys, lists)


def _block(keys: list[Any], lists: list[list[Any]]) -> Block:
    return Block(keys, list(map(len, lists)), list(chain.from_iterable(lists)))


def key_blocks(key: Any, values: Iterator[Any]) -> Iterator[Block]:
    """One key's values, however many, as blocks."""
    while piece := list(islice(values, VALUES_AT_ONCE)):
        yield Block([key], [len(piece)], piece)
