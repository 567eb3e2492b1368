from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.engine import columns
from corral_core.errors import CarryError, SegmentError

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**200), 2**200),
    st.floats(),
    st.text(),
    st.text(st.characters(codec=None, categories=["Cs", "Ll"])),
    st.binary(),
)
hashable = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=5)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(hashable, inner, max_size=3),
    ),
    max_leaves=8,
)


@dataclass
class Point:
    x: int


@given(st.one_of(st.lists(anything), st.lists(scalars), st.lists(st.lists(scalars).map(tuple)), st.lists(st.text())))
def test_a_column_comes_back_with_exactly_its_types(values: list[Any]) -> None:
    # repr tells 1 from True and 1.0, tuples from lists, and NaN and -0.0 from others.
    assert repr(columns.decode(columns.encode(values))) == repr(values)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2.0, None, True, "a", b"b"], columns.PLAIN),
        ([[1, "a"], []], columns.PLAIN),
        ([(1, "a"), ()], columns.ROWS),
        ([2**64], columns.TAGGED),
        ([("a", ("b",))], columns.TAGGED),
        (["\ud800"], columns.TAGGED),
        ([{}], columns.TAGGED),
        ([(1,), [1]], columns.TAGGED),
    ],
)
def test_common_columns_take_the_fast_kinds(values: list[Any], kind: int) -> None:
    assert columns.encode(values)[0] == kind


@pytest.mark.parametrize(
    ("value", "name"),
    [(Point(1), "Point"), ({1}, "set"), (1j, "complex"), (bytearray(b"x"), "bytearray"), (object, "type")],
)
@pytest.mark.parametrize("within", [lambda x: x, lambda x: [x], lambda x: (1, (x,)), lambda x: {"a": x}])
def test_what_cannot_be_carried_is_named_by_its_type_wherever_it_is(value: Any, name: str, within: Any) -> None:
    with pytest.raises(CarryError, match=rf"a value of type \S*{name} can't be carried.*codec='pickle'"):
        columns.encode([1, within(value)])


def test_subclasses_of_carried_types_are_refused_rather_than_changed() -> None:
    class Name(str):
        __slots__ = ()

    with pytest.raises(CarryError, match="Name"):
        columns.encode([Name("x")])


@pytest.mark.parametrize("wrap", [lambda x: [x], lambda x: (x,), lambda x: {"k": x}], ids=["list", "tuple", "dict"])
def test_a_value_of_many_levels_is_carried_whole_or_refused_where_it_was_emitted(wrap: Any) -> None:
    value: Any = 1
    for _ in range(columns.DEPTH - 1):
        value = wrap(value)
    assert columns.decode(columns.encode([value])) == [value]
    for _ in range(50):
        value = wrap(value)
        with pytest.raises(CarryError, match="nested too deeply, more than 100 levels"):
            columns.encode([wrap(value)])


def test_a_value_that_holds_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(CarryError, match="more than 100 levels, or holds itself"):
        columns.encode([endless])


def test_pickle_carries_any_type_and_only_where_the_job_asked() -> None:
    column = columns.encode_any([Point(1), {2}])
    assert columns.decode(column, trusted=True) == [Point(1), {2}]
    with pytest.raises(SegmentError, match="kind 3"):
        columns.decode(column)


def test_what_pickle_cannot_take_is_an_error_of_the_data() -> None:
    with pytest.raises(CarryError, match="can't be pickled"):
        columns.encode_any([lambda: None])


@pytest.mark.parametrize(
    "column",
    [
        (columns.PLAIN, b"\xc1"),
        (columns.ROWS, b"\x91\x01"),
        (columns.TAGGED, msgspec.msgpack.encode([msgspec.msgpack.Ext(99, b"")])),
        (columns.TAGGED, msgspec.msgpack.encode([msgspec.msgpack.Ext(3, b"\xff")])),
        (columns.TAGGED, msgspec.msgpack.encode([msgspec.msgpack.Ext(4, msgspec.msgpack.encode([1]))])),
        (17, b"\x90"),
    ],
    ids=["no msgpack", "no rows", "unknown extension", "no text", "half a dict", "unknown kind"],
)
def test_what_is_no_column_is_a_damaged_segment(column: tuple[int, bytes]) -> None:
    kind, raw = column
    with pytest.raises(SegmentError):
        columns.decode((kind, msgspec.Raw(raw)))


def test_a_column_that_is_trusted_need_not_be_pickled() -> None:
    assert columns.decode(columns.encode(["a"]), trusted=True) == ["a"]
