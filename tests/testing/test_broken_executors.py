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
    suite = f"Test{broken.__name__}"
    tests = [f"{suite}::test_{name}" for name in sorted(broken.fails)] if broken.hangs else [suite]
    assert examine("executors", *tests)[broken.__name__] == broken.fails
