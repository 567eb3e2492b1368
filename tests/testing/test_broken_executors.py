"""The suite for executors fails on each of these defects, in the tests that are about it, and in no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.testing.broken.executors import BROKEN

if TYPE_CHECKING:
    from tests.testing.broken.executors import Broken
    from tests.testing.conftest import Examine

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_the_suite_fails_where_the_defect_is(broken: type[Broken], examine: Examine) -> None:
    assert examine("executors", broken.__name__, only=broken.fails if broken.hangs else None) == broken.fails
