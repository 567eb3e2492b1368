"""The scheduler's policy, from the settings and from what an executor can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core.engine.scheduler import Policy

if TYPE_CHECKING:
    from corral_core.engine.setup import Setup

__all__ = ["policy_of"]

ANSWER_SECONDS = 30.0
"""How much later than the place's own time limit an answer may come before it is not waited for any more."""


def policy_of(setup: Setup) -> Policy:
    """How this run's tasks are tried."""
    core, can = setup.settings.core, setup.executor.capabilities
    limits = [core.task_timeout, can.max_task_seconds and can.max_task_seconds + ANSWER_SECONDS]
    return Policy(
        limit=min(core.max_concurrency, can.slots or core.max_concurrency),
        max_attempts=core.max_attempts,
        timeout=min((limit for limit in limits if limit), default=None),
        backup_fraction=core.backup_fraction,
        backup_factor=core.backup_factor,
        can_cancel=can.can_cancel,
    )
