"""When what a run may be using can go: by a date that is at most a day older than its last use.

Nobody tells a cloud that a run has ended, and a driver may be killed. So whatever runs share under one name (versions,
functions, rights) carries a date: of its making, renewed when a run takes it up a day later or more. Three days after
that date no run is using it, unless it has been running for two days.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

__all__ = ["is_stale", "needs_renewal", "read", "today", "written"]

_RENEWED_AFTER = timedelta(days=1)
_STALE_AFTER = timedelta(days=3)


def today() -> date:
    """In UTC, as clouds count."""
    return datetime.now(UTC).date()


def written(day: date) -> str:
    """As it stands in a name."""
    return day.strftime("%Y%m%d")


def read(text: str) -> date:
    """:raises ValueError: when it is no date."""
    return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()


def needs_renewal(day: date, now: date) -> bool:
    """Whether a run that takes this up should renew its date."""
    return now - day >= _RENEWED_AFTER


def is_stale(day: date, now: date) -> bool:
    """Whether no run uses this any more."""
    return now - day > _STALE_AFTER
