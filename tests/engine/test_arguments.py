from __future__ import annotations

import functools
import types
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core import Job
from corral_core.engine.arguments import bound, plain, typed
from corral_core.engine.usercode import map_code
from corral_core.parameters import REQUIRED, Parameter


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(),
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    date: st.dates(),
    datetime: st.datetimes(timezones=st.none() | st.timezones(no_cache=False)),
    Decimal: st.decimals(allow_nan=False),
    Colour: st.sampled_from(Colour),
}
TYPED = st.sampled_from(list(SCALARS)).flatmap(
    lambda kind: st.sampled_from(
        [
            (kind, SCALARS[kind]),
            (kind | None, st.none() | SCALARS[kind]),
            (types.GenericAlias(list, kind), st.lists(SCALARS[kind])),
            (types.GenericAlias(tuple, (kind, ...)), st.lists(SCALARS[kind]).map(tuple)),
        ]
    ).flatmap(lambda pair: st.tuples(st.just(pair[0]), pair[1]))
)


@given(TYPED)
def test_a_value_comes_through_json_as_it_was(pair: tuple[Any, Any]) -> None:
    import msgspec

    annotation, value = pair
    there = msgspec.json.decode(msgspec.json.encode(plain(value)))
    back = typed(Parameter("it", annotation, REQUIRED, "", "here"), there)
    assert (type(back), back) == (type(value), value)


def search(key: str, value: str, *, pattern: str, least: int = 3, other: int = 5) -> tuple[Any, ...]:
    return key, value, pattern, least, other


def test_a_call_gets_the_arguments_that_it_declares() -> None:
    call = bound(search, {"pattern": "x", "least": 4, "more": 1})
    assert call("k", "v") == ("k", "v", "x", 4, 5)
    assert bound(search, {"more": 1}) is search
    with pytest.raises(TypeError):
        search("k", "v")  # type: ignore[call-arg]  # (the user's own function stays as it is)


def test_a_method_keeps_its_object_and_a_closure_its_cell() -> None:
    cell = [1]

    class Searching:
        def map(self, *, pattern: str) -> Any:
            return self, pattern, cell, __class__  # type: ignore[name-defined]  # (the cell that super() uses)

    it = Searching()
    assert bound(it.map, {"pattern": "x"})() == (it, "x", cell, Searching)


def test_a_decorated_function_gets_them_too() -> None:
    @functools.wraps(search)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return "wrapped", search(*args, **kwargs)

    assert bound(wrapper, {"pattern": "x"})("k", "v") == ("wrapped", ("k", "v", "x", 3, 5))


def test_no_record_pays_for_parameters() -> None:
    # A partial would: here the very same code runs with other defaults.
    call = map_code(Job(search), {"pattern": "x"}).call
    assert call.__code__ is search.__code__


def test_each_task_has_its_own() -> None:
    first, second = (bound(search, {"pattern": text}) for text in "ab")
    assert (first("k", "v")[2], second("k", "v")[2]) == ("a", "b")
