"""What functions print, brought to CloudWatch Logs when somebody looks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corral_lambda.testing.moto import Moto

__all__ = ["Logs"]


class Logs:
    """Lines that wait; bringing them at once would cost every invocation some milliseconds."""

    def __init__(self, moto: Moto) -> None:
        self._moto = moto
        self._waiting: list[tuple[str, str, int, Sequence[str]]] = []

    def add(self, function: str, stream: str, lines: Sequence[str]) -> None:
        """Keep an invocation's lines."""
        self._waiting.append((f"/aws/lambda/{function}", stream, int(time.time() * 1000), lines))

    async def bring(self) -> None:
        """Put all that waits into the log groups, which come into being as on AWS: with their first line."""
        waiting, self._waiting = self._waiting, []
        for group, stream, now, lines in waiting:
            place = {"logGroupName": group, "logStreamName": stream}
            await self._moto.call("logs", "Logs_20140328.CreateLogGroup", {"logGroupName": group})
            await self._moto.call("logs", "Logs_20140328.CreateLogStream", place)
            events = [{"timestamp": now, "message": line + "\n"} for line in lines]
            await self._moto.call("logs", "Logs_20140328.PutLogEvents", {**place, "logEvents": events})

    def forget(self) -> None:
        """Drop what waits."""
        self._waiting.clear()
