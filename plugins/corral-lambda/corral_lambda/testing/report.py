"""What Lambda writes into a function's log around what the function itself writes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

__all__ = ["TIMED_OUT", "Run", "log_of"]


@dataclass(frozen=True)
class Run:
    """One invocation that ran."""

    request: str
    version: str
    stream: str
    """The log stream of its environment."""
    body: bytes
    """The answer: the function's, or JSON that says what ended it."""
    output: str
    """What the function printed."""
    seconds: float
    """Without the start of its environment."""
    init: float | None
    """Seconds that the environment's start took, if it was started for this."""
    memory: int
    """MB that the function has."""
    peak: int
    """MB that its environment used at most."""
    failed: bool = False
    """Whether it ended with an error of the function's or of the runtime's."""
    error: str = ""
    """The runtime's error that ended it, such as ``Runtime.ExitError``; empty for an exception of the function's."""
    message: str = ""
    """What the runtime's error says."""

    @property
    def broken(self) -> bool:
        """Whether its environment is of no more use."""
        return bool(self.error)


TIMED_OUT = "Sandbox.Timedout"


def log_of(run: Run) -> list[str]:
    """The lines of the log, with all that Lambda adds."""
    lines = [f"START RequestId: {run.request} Version: {run.version}", *run.output.splitlines()]
    if run.error == TIMED_OUT:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        lines.append(f"{now} {run.request} {run.message.partition('Error: ')[2]}")
    elif run.error:
        lines += [run.message, run.error]
    return [*lines, f"END RequestId: {run.request}", _report(run)]


def _report(run: Run) -> str:
    # Lambda bills a start too, since August 2025.
    billed = math.ceil(1000 * (run.seconds + (run.init or 0)))
    fields = [
        f"REPORT RequestId: {run.request}",
        f"Duration: {1000 * run.seconds:.2f} ms",
        f"Billed Duration: {billed} ms",
        f"Memory Size: {run.memory} MB",
        f"Max Memory Used: {min(run.peak, run.memory)} MB",
    ]
    if run.init is not None:
        fields.append(f"Init Duration: {1000 * run.init:.2f} ms")
    if run.error == TIMED_OUT:
        fields.append("Status: timeout")
    elif run.error:
        fields += ["Status: error", f"Error Type: {run.error}"]
    return "\t".join(fields) + "\t"
