"""The suites for storages fail on each of these defects, in the tests that are about it, and in no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.testing.broken.storages import BROKEN

if TYPE_CHECKING:
    from tests.testing.broken.storages import Broken
    from tests.testing.conftest import Examine, Failures


@pytest.fixture(scope="module")
def failures(examine: Examine) -> Failures:
    return examine("storages")


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_the_suite_fails_where_the_defect_is(broken: type[Broken], failures: Failures) -> None:
    assert failures[broken.__name__] == broken.fails
