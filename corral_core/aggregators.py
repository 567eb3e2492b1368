"""Folds that serve as combiner and reducer at once: ``Job(mapper, Sum())``.

A value is folded into its key's accumulator as it is emitted, so memory grows with the keys and not with the values.
Each fold here is exact and does not depend on how the input was cut: a job gives the same bytes for any split size.
Floating-point sums hold to that too: an accumulator keeps the error-free partial sums of Shewchuk ("Adaptive Precision
Floating-Point Arithmetic and Fast Robust Geometric Predicates", 1997), taken with :func:`math.fsum`, and rounds once.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from fractions import Fraction
from heapq import nlargest
from typing import TYPE_CHECKING, Any

from corral_core.keys import admit, order, ungroup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Aggregator", "Count", "Distinct", "Max", "Mean", "Min", "Sum", "TopK"]

_COMPRESS_AT = 32
"""Floats in a sum's accumulator before they are folded into their partial sums; of no effect on the answer."""
_INTEGRAL = 2.0**53
"""From here on every float is an integer."""


class Aggregator(ABC):
    """A fold over a key's values. ``merge`` must be associative; accumulators are merged in input order."""

    @abstractmethod
    def create(self, value: Any) -> Any:
        """An accumulator of one value."""

    @abstractmethod
    def merge(self, left: Any, right: Any) -> Any:
        """An accumulator of both; may change and return ``left``."""

    def add(self, accumulator: Any, value: Any) -> Any:
        """An accumulator of one value more; may change and return ``accumulator``."""
        return self.merge(accumulator, self.create(value))

    def finish_value(self, accumulator: Any) -> Any:
        """The answer."""
        return accumulator

    def pack(self, accumulator: Any) -> Any:
        """The accumulator in types that the shuffle can carry; an accumulator that is so already is its own."""
        return accumulator

    def unpack(self, packed: Any) -> Any:
        """The accumulator behind what :meth:`pack` gave."""
        return packed

    def emitter(self, store: dict[Any, Any]) -> Callable[[Any, Any], None]:
        """``emit(key, value)`` that folds into ``store``, from what :func:`~corral_core.keys.admit` makes of the key
        to its accumulator. Overridden where a shorter way is worth it."""
        create, add = self.create, self.add

        def emit(key: Any, value: Any) -> None:
            if key.__class__ is not str:
                key = admit(key)
            store[key] = add(store[key], value) if key in store else create(value)

        return emit

    def absorber(self, store: dict[Any, Any]) -> Callable[[Iterable[tuple[Any, Any]]], None]:
        """The same for many pairs: a mapper that yields them costs no call for each."""
        return one_by_one(self.emitter(store))


def one_by_one(emit: Callable[[Any, Any], None]) -> Callable[[Iterable[tuple[Any, Any]]], None]:
    """``absorb(pairs)`` by way of ``emit(key, value)``."""

    def absorb(pairs: Iterable[tuple[Any, Any]]) -> None:
        for key, value in pairs:
            emit(key, value)

    return absorb


class Sum(Aggregator):
    """The sum of a key's numbers: exact for ints, correctly rounded for floats.

    An accumulator is an int, one float, or a list of the ints' sum and of floats whose exact sum is the floats' sum.
    """

    def create(self, value: Any) -> Any:
        """:raises TypeError: for anything but int, float and bool."""
        return _number(self, value)

    def merge(self, left: Any, right: Any) -> Any:
        if type(left) is int and type(right) is int:
            return left + right
        left, right = _as_list(left), _as_list(right)
        left[0] += right[0]
        left += right[1:]
        return _compressed(left) if len(left) > _COMPRESS_AT else left

    def finish_value(self, accumulator: Any) -> Any:
        if type(accumulator) is int:
            return accumulator
        if type(accumulator) is float:
            return accumulator + 0.0  # a sum is never -0.0
        special = _special(accumulator[1:])
        if special:
            return sum(special)
        return _rounded(sum(map(Fraction, accumulator))) if accumulator[0] else _total(accumulator[1:])

    def emitter(self, store: dict[Any, Any]) -> Callable[[Any, Any], None]:
        slow, get = super().emitter(store), store.get

        def emit(key: Any, value: Any) -> None:
            if key.__class__ is str:
                whole = get(key, 0)
                if value.__class__ is int and whole.__class__ is int:
                    store[key] = whole + value
                    return
                if value.__class__ is float:
                    if whole.__class__ is list and len(whole) < _COMPRESS_AT:
                        whole.append(value)
                        return
                    if whole.__class__ is int and not whole:  # none yet, or ints whose sum is nothing
                        store[key] = value
                        return
            slow(key, value)

        return emit

    def absorber(self, store: dict[Any, Any]) -> Callable[[Iterable[tuple[Any, Any]]], None]:
        emit, get = self.emitter(store), store.get

        def absorb(pairs: Iterable[tuple[Any, Any]]) -> None:
            for key, value in pairs:
                if key.__class__ is str and value.__class__ is int:
                    whole = get(key, 0)
                    if whole.__class__ is int:
                        store[key] = whole + value
                        continue
                emit(key, value)

        return absorb


def _number(aggregator: Aggregator, value: Any) -> int | float:
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    raise TypeError(f"{type(aggregator).__name__} adds int and float, not {type(value).__name__}")


def _as_list(accumulator: Any) -> list[Any]:
    if type(accumulator) is list:
        return accumulator
    return [accumulator] if type(accumulator) is int else [0, accumulator]


def _special(floats: list[float]) -> list[float]:
    """Infinities and NaN: where there are any, their sum by + is the sum of all."""
    return [x for x in floats if not math.isfinite(x)]


def _total(floats: list[float]) -> float:
    try:
        return math.fsum(floats) + 0.0  # a sum is never -0.0
    except OverflowError:  # beyond the largest float, perhaps only on the way
        return _rounded(sum(map(Fraction, floats)))


def _rounded(exact: Fraction | int) -> float:
    """The nearest float; infinite beyond the largest, as + answers."""
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


def _compressed(accumulator: list[Any]) -> list[Any]:
    """A short accumulator of exactly the same sum."""
    whole, *floats = accumulator
    special = _special(floats)
    if special:
        return [whole, sum(special)]
    try:
        return [whole, *_partials(floats)]
    except OverflowError:  # floats as large as these are integers
        whole += sum(int(x) for x in floats if abs(x) >= _INTEGRAL)
        return [whole, *_partials([x for x in floats if abs(x) < _INTEGRAL])]


def _partials(floats: list[float]) -> list[float]:
    """A few floats with exactly the same sum.

    :raises OverflowError: when the sum, or a part of it on the way, is beyond the largest float.
    """
    parts: list[float] = []
    rest = list(floats)
    while (part := math.fsum(rest)) != 0.0:
        parts.append(part)
        rest.append(-part)
    return parts or [0.0]


class Count(Aggregator):
    """How many values a key has."""

    def create(self, value: Any) -> int:  # noqa: ARG002  (what the value is does not matter)
        return 1

    def merge(self, left: int, right: int) -> int:
        return left + right


class Min(Aggregator):
    """A key's smallest value, by Python's ``<``; the first of equals. NaN is refused."""

    def create(self, value: Any) -> Any:
        """:raises ValueError: for NaN, which is neither smaller nor larger."""
        return _refuse_nan(self, value)

    def merge(self, left: Any, right: Any) -> Any:
        return min(left, right)


class Max(Min):
    """A key's largest value, by Python's ``<``; the first of equals. NaN is refused."""

    def merge(self, left: Any, right: Any) -> Any:
        return max(left, right)


class Mean(Aggregator):
    """The mean of a key's numbers, rounded once. An accumulator is their count and their :class:`Sum`."""

    def __init__(self) -> None:
        self._sum = Sum()

    def create(self, value: Any) -> Any:
        """:raises TypeError: for anything but int, float and bool."""
        return [1, _number(self, value)]

    def merge(self, left: Any, right: Any) -> Any:
        return [left[0] + right[0], self._sum.merge(left[1], right[1])]

    def finish_value(self, accumulator: Any) -> float:
        count, total = accumulator
        parts = _as_list(total)
        special = _special(parts[1:])
        return sum(special) if special else _rounded(sum(map(Fraction, parts), Fraction(0)) / count)


def _refuse_nan(aggregator: Aggregator, value: Any) -> Any:
    if type(value) is float and math.isnan(value):
        raise ValueError(f"{type(aggregator).__name__} can't compare NaN: leave such values out in the mapper")
    return value


class TopK(Aggregator):
    """A list of a key's ``k`` largest values, largest first."""

    def __init__(self, k: int = 10) -> None:
        """:raises ValueError: when ``k`` is less than 1."""
        if k < 1:
            raise ValueError(f"TopK keeps at least 1 value, not {k}")
        self.k = k

    def create(self, value: Any) -> list[Any]:
        """:raises ValueError: for NaN, which is neither smaller nor larger."""
        return [_refuse_nan(self, value)]

    def merge(self, left: list[Any], right: list[Any]) -> list[Any]:
        return nlargest(self.k, left + right)

    def add(self, accumulator: list[Any], value: Any) -> list[Any]:
        if len(accumulator) == self.k and not accumulator[-1] < value:
            _refuse_nan(self, value)
            return accumulator
        return self.merge(accumulator, self.create(value))


class Distinct(Aggregator):
    """A sorted list of a key's different values, by type and value; all of one key's must fit in memory.

    An accumulator is a dict without values: the values as they group, in the order of their first appearance.
    """

    def create(self, value: Any) -> dict[Any, None]:
        return {admit(value): None}

    def merge(self, left: dict[Any, None], right: dict[Any, None]) -> dict[Any, None]:
        left.update(right)
        return left

    def add(self, accumulator: dict[Any, None], value: Any) -> dict[Any, None]:
        accumulator[admit(value)] = None
        return accumulator

    def pack(self, accumulator: dict[Any, None]) -> list[Any]:
        return list(map(ungroup, accumulator))

    def unpack(self, packed: list[Any]) -> dict[Any, None]:
        return dict.fromkeys(map(admit, packed))

    def finish_value(self, accumulator: dict[Any, None]) -> list[Any]:
        return sorted(self.pack(accumulator), key=order)
