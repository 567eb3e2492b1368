"""What ``corral doctor`` finds, and the shape in which executors and storages tell it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Finding", "State", "clock_findings", "failed"]

State = Literal["ok", "warning", "failed"]
"""How a thing that was looked at is; a warning keeps no run from going well by itself."""

_REFUSED = 300.0
"""Seconds that a clock may be wrong before clouds refuse what it signs: AWS's Signature Version 4 and Google's tokens
both allow five minutes (AWS IAM user guide, Google OAuth 2.0 for service accounts, November 2026)."""
_NOTED = 60.0


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    """``credentials``, ``permission lambda:CreateFunction``."""
    state: State
    detail: str
    """What was found; no secret."""
    remedy: str = ""
    """What to do, unless all is well."""


def failed(what: str, error: Exception) -> Finding:
    """A refusal of corral's as a finding: its message has the way out behind a semicolon, or else behind a colon."""
    message = str(error)
    said, _, remedy = message.rpartition("; " if "; " in message else ": ")
    return Finding(what, "failed", said, remedy) if said else Finding(what, "failed", message)


def clock_findings(date: str | None, whose: str) -> Iterator[Finding]:
    """What an answer that has just come says of this machine's clock; nothing when it has no date.

    :param date: its header ``Date``.
    :param whose: who answered.
    """
    try:
        wrong = time.time() - parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return
    seconds = f"{abs(wrong):.0f} s {'ahead of' if wrong > 0 else 'behind'} {whose}'s"
    if abs(wrong) <= _NOTED:
        yield Finding("clock", "ok", f"as {whose}'s")
        return
    refused = abs(wrong) > _REFUSED
    why = f"this machine's is {seconds}" + (", which refuses what is more than 300 s off" if refused else "")
    yield Finding(
        "clock", "failed" if refused else "warning", why, "set the clock, such as with: timedatectl set-ntp true"
    )
