"""The settings of section Failure reach the scheduler, within what the executor can do."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from corral_core.engine.policy import ANSWER_SECONDS, policy_of
from corral_core.executor import Capabilities
from corral_core.settings import load_settings

if TYPE_CHECKING:
    from corral_core.engine.scheduler import Policy
    from corral_core.engine.setup import Setup


def policy(can: Capabilities | None = None, **options: Any) -> Policy:
    settings = load_settings(options=options, env={})
    setup = SimpleNamespace(settings=settings, executor=SimpleNamespace(capabilities=can or Capabilities()))
    return policy_of(cast("Setup", setup))


def test_the_defaults_are_those_that_are_documented() -> None:
    found = policy()
    assert (found.limit, found.max_attempts, found.timeout) == (100, 4, None)
    assert (found.backup_fraction, found.backup_factor, found.can_cancel) == (0.75, 2.0, False)


def test_settings_reach_the_policy_from_text() -> None:
    options: dict[str, Any] = {
        "maxConcurrency": "7",
        "maxAttempts": "2",
        "taskTimeout": "1.5min",
        "backupFraction": "0.5",
    }
    found = policy(**options, backupFactor="0")
    assert (found.limit, found.max_attempts, found.timeout) == (7, 2, 90)
    assert (found.backup_fraction, found.backup_factor) == (0.5, 0)


@pytest.mark.parametrize(("slots", "limit"), [(None, 100), (3, 3), (1000, 100)])
def test_no_more_attempts_fly_than_the_place_has_slots(slots: int | None, limit: int) -> None:
    assert policy(Capabilities(slots=slots)).limit == limit


@pytest.mark.parametrize(
    ("asked", "most", "timeout"),
    [(None, None, None), (90, None, 90), (None, 60.0, 60 + ANSWER_SECONDS), (10, 60.0, 10), (900, 60.0, 90)],
)
def test_nobody_waits_longer_than_asked_or_than_the_place_lets_a_task_run(
    asked: float | None, most: float | None, timeout: float | None
) -> None:
    assert policy(Capabilities(max_task_seconds=most), task_timeout=asked).timeout == timeout


def test_a_place_that_can_cancel_frees_its_slots_at_once() -> None:
    assert policy(Capabilities(can_cancel=True)).can_cancel
