from __future__ import annotations

from types import NoneType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.errors import CarryError
from corral_core.keys import admit, natural_type, order, stable_hash, ungroup

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, 1, 2**64, -(2**70), 0.0, -0.0, 1.0, "1", b"1", "", b"", "\ud800"]),
    st.floats(allow_nan=False),
    st.text(st.characters(codec=None)),
    st.binary(),
)
keys = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=6)
DIFFERENT = [None, False, True, 0, 1, 0.0, 1.0, "1", b"1", (), (1,), (1.0,), (True,), ("1",), (b"1",), (None,), ((1,),)]


@given(left=keys, right=keys)
def test_keys_group_together_exactly_when_their_order_is_equal_and_then_hash_alike(left: Any, right: Any) -> None:
    same = order(left) == order(right)
    assert (admit(left) == admit(right)) == same
    if same:
        assert hash(admit(left)) == hash(admit(right))
        assert stable_hash(left) == stable_hash(right)


@pytest.mark.parametrize("key", DIFFERENT, ids=repr)
def test_keys_that_python_takes_for_equal_are_kept_apart_by_type(key: Any) -> None:
    others = [other for other in DIFFERENT if other is not key]
    assert len({admit(other) for other in DIFFERENT}) == len(DIFFERENT)
    assert admit(key) not in set(map(admit, others))


def test_zero_and_minus_zero_are_one_key() -> None:
    assert admit(0.0) == admit(-0.0)
    assert admit((1, -0.0)) == admit((1, 0.0))
    assert stable_hash((0.0,)) == stable_hash((-0.0,))


@given(st.lists(keys))
def test_any_keys_sort_by_type_and_then_by_value(values: list[Any]) -> None:
    ranks = [NoneType, bool, int, float, str, bytes, tuple]
    found = sorted(values, key=order)
    assert [ranks.index(type(value)) for value in found] == sorted(ranks.index(type(value)) for value in values)
    for kind in (bool, int, float, str, bytes):
        assert [v for v in found if type(v) is kind] == sorted(v for v in values if type(v) is kind)


@given(keys)
def test_a_key_comes_back_from_its_group_as_it_was(key: Any) -> None:
    assert repr(ungroup(admit(key))) == repr(key)


@given(st.lists(keys, min_size=1))
def test_pythons_own_order_is_used_only_where_it_agrees(values: list[Any]) -> None:
    if natural_type(values) is not None:
        assert sorted(values) == sorted(values, key=order)
        assert list(map(admit, values)) == values


@pytest.mark.parametrize(
    ("key", "hashed"),
    [
        ("", 0x00000000),
        ("a", 0xE8B7BE43),
        ("ä", 0x70B5F183),
        (b"a", 0xE8B7BE43),
        (1, 0xD80983A8),
        (1.0, 0x272A7655),
        (True, 0xCABC2C46),
        (None, 0x54EB60D5),
        ((1, "a", (b"b", 0.5)), 0xA7D0F405),
        (2**100, 0xE3B03504),
        (-1, 0xDF4297F5),
        ("\ud800", 0x1DC4A528),
        ((), 0xAE126B87),
    ],
)
def test_the_stable_hash_never_changes(key: Any, hashed: int) -> None:
    """Outputs written by an older corral lie in the same parts as those of a newer one."""
    assert stable_hash(key) == hashed


@pytest.mark.parametrize("count", [2, 3, 7, 16])
@pytest.mark.parametrize("kind", [str, int, float, lambda n: (n, "x")], ids=["str", "int", "float", "tuple"])
def test_the_hash_spreads_keys_evenly(kind: Any, count: int) -> None:
    sizes = [0] * count
    for number in range(4000):
        sizes[stable_hash(kind(number)) % count] += 1
    assert min(sizes) > 4000 / count * 0.7


def test_an_integer_of_any_length_is_a_key() -> None:
    large = 10**5000
    assert stable_hash(large) == stable_hash(10**5000)
    assert stable_hash((large,)) != stable_hash((large + 1,))
    assert admit(large) == large


@pytest.mark.parametrize("key", [float("nan"), (1, float("nan")), ((float("nan"),),)], ids=repr)
def test_nan_is_no_key(key: Any) -> None:
    with pytest.raises(CarryError, match="NaN"):
        admit(key)


NO_KEYS = [[1], {}, {1}, object(), 1j, (1, [2]), ((1, {}),), (object(),)]


@pytest.mark.parametrize(
    "key", NO_KEYS, ids=["list", "dict", "set", "object", "complex", "in a tuple", "deeper", "object in one"]
)
def test_what_is_no_key_is_named_by_its_type(key: Any) -> None:
    inner = key
    while type(inner) is tuple:
        inner = inner[-1]
    with pytest.raises(CarryError, match=rf"\b{type(inner).__name__}\b.*keys are None, bool, int"):
        admit(key)


def test_a_subclass_of_a_keys_type_is_no_key() -> None:
    class Name(str):
        __slots__ = ()

    with pytest.raises(CarryError, match="Name"):
        admit(Name("x"))


nested = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=5,
)


@given(nested)
def test_lists_and_dicts_have_an_order_too_for_values_that_are_sorted(value: Any) -> None:
    assert sorted([value, 1, value], key=order)[:1] == sorted([1, value], key=order)[:1]
    assert order({"a": 1, "b": value}) == order({"b": value, "a": 1})
