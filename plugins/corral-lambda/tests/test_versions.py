from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.remote import leases
from corral_lambda.deploy import Deployed, deploy
from corral_lambda.versions import KEPT, prunable, prune, renew

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_lambda.deploy import Code
    from corral_lambda.function import Configuration, Function

NOW = date(2026, 11, 22)
AGES = st.lists(st.tuples(st.integers(0, 30), st.none() | st.integers(0, 30)), max_size=30)
"""Days since each version was published, oldest first; and since its tag, if it has one."""


@given(AGES)
def test_what_goes_is_old_unused_and_not_among_the_newest(ages: list[tuple[int, int | None]]) -> None:
    versions = [
        {"Version": str(n), "LastModified": f"{NOW - timedelta(days=age)}T10:00:00.000+0000"}
        for n, (age, _) in enumerate(ages)
    ]
    tags = {
        f"corral:version-{n}": leases.written(NOW - timedelta(days=used))
        for n, (_, used) in enumerate(ages)
        if used is not None
    }
    gone = {int(version) for version in prunable(versions, tags, NOW)}
    for n, (age, used) in enumerate(ages):
        idle = min(age, age if used is None else used)
        assert (n in gone) == (n < len(ages) - KEPT and idle > 3)


@pytest.mark.servers
def test_young_versions_stay_and_taking_one_up_writes_nothing(
    function: Function, code: Callable[[str], Code], configuration: Callable[..., Configuration]
) -> None:
    for n in range(KEPT + 2):
        made = deploy(function, configuration(), code(str(n)), "note")
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{function.name}"
    prune(function, arn)
    renew(function, arn, made)
    assert len(list(function.versions())) == KEPT + 2
    assert list(function.tags()) == ["corral:made-by"]


@pytest.mark.servers
def test_taking_up_an_old_version_says_so_once_a_day(
    function: Function, code: Callable[[str], Code], configuration: Callable[..., Configuration]
) -> None:
    deploy(function, configuration(), code("a"), "note")
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{function.name}"
    renew(function, arn, Deployed("1", "2026-01-01T10:00:00.000+0000", fresh=False))
    assert function.tags()["corral:version-1"] == leases.written(leases.today())
