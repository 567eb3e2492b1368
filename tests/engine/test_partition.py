from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.engine.partition import sorted_partitions
from corral_core.errors import PartitionError
from corral_core.keys import admit, order, stable_hash, ungroup

texts = st.text(st.characters(codec=None), max_size=3)
typed = st.one_of(texts, st.integers(-3, 3), st.booleans(), st.none(), st.binary(max_size=2), st.tuples(st.integers()))


@pytest.mark.parametrize("keys", [texts, typed], ids=["text", "typed"])
@given(data=st.data(), count=st.integers(1, 5))
def test_each_key_is_in_the_partition_of_its_hash_and_in_order(data: st.DataObject, keys: Any, count: int) -> None:
    held = list(dict.fromkeys(map(admit, data.draw(st.lists(keys)))))
    parts = sorted_partitions(list(held), count, None)
    assert len(parts) == count
    assert sorted(map(repr, map(ungroup, held))) == sorted(repr(ungroup(key)) for part in parts for key in part)
    for number, part in enumerate(parts):
        assert {stable_hash(ungroup(key)) % count for key in part} <= {number}
        places = [order(ungroup(key)) for key in part]
        assert places == sorted(places)


def test_the_users_partitioner_sees_keys_as_they_were_emitted() -> None:
    seen: list[Any] = []

    def last(key: Any, count: int) -> int:
        seen.append(key)
        return count - 1

    parts = sorted_partitions([admit(1.5), admit(True), "a"], 3, last)
    assert [list(map(ungroup, part)) for part in parts] == [[], [], [True, 1.5, "a"]]
    assert list(map(repr, seen)) == ["1.5", "True", "'a'"]


@pytest.mark.parametrize("answer", [-1, 2, 1.0, True, "0", None])
def test_a_partitioner_that_answers_no_partition_is_told_its_key(answer: Any) -> None:
    with pytest.raises(PartitionError, match=r"for the key 'k': it must answer a whole number from 0 to 1"):
        sorted_partitions(["k"], 2, lambda key, n: answer)
