"""What a run's report holds: the file ``_report.json.gz`` and ``corral report --json``, field by field.

Of a hundred thousand attempts each has two dozen figures, so they stand in columns: attempt *n* is item *n* of every
list of :class:`Attempts`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from corral_core.prices import CostItem  # noqa: TC001  (msgspec reads annotations)
from corral_core.tasks import FailureKind, Phase  # noqa: TC001  (msgspec reads annotations)

__all__ = [
    "VERSION",
    "Attempts",
    "Cut",
    "Ending",
    "Failure",
    "Outcome",
    "OutputFile",
    "PhaseRun",
    "Report",
    "SessionRun",
    "SetAside",
    "SettingValue",
    "State",
    "StepRun",
    "Versions",
]

VERSION = 1
"""The schema's. It grows when a field changes its meaning or goes; a field that is new does not change it."""

State = Literal["finished", "failed", "interrupted", "unknown"]
Outcome = Literal["won", "failed", "late", "cancelled"]


class SessionRun(msgspec.Struct, frozen=True):
    """A driver at work on the run. All its times are seconds since it began."""

    number: int
    """From 0; a run that was never resumed has one."""
    state: State
    """``unknown``: the driver was killed, and left no report."""
    executor: str = ""
    began: float | None = None
    """In seconds since 1970; null when unknown."""
    seconds: float | None = None
    slots: int | None = None
    """Tasks in flight at once, at most."""


class PhaseRun(msgspec.Struct, frozen=True):
    """A phase of a stage, in one session; a phase that ran again has more than one."""

    session: int
    stage: int
    phase: Phase
    name: str
    """The stage's job."""
    tasks: int
    bytes: int
    """Input of the tasks that were to be done, as stored."""
    done: int
    """Tasks that an earlier session had done."""
    began: float
    ended: float | None = None
    """Null when it did not end well."""


class StepRun(msgspec.Struct, frozen=True):
    """Something that took time and was no task, such as building a bundle."""

    session: int
    at: float
    text: str


class Cut(msgspec.Struct, frozen=True):
    """A map task that was done as two."""

    session: int
    at: float
    stage: int
    task: int
    into: tuple[int, int]


class Attempts(msgspec.Struct):
    """Every attempt at a task, in columns, by the time at which it ended."""

    session: list[int] = []
    stage: list[int] = []
    phase: list[Phase] = []
    task: list[int] = []
    """The mapper's or reducer's number."""
    attempt: list[int] = []
    """From 0; 1000 more for each time that the phase ran again."""
    backup: list[bool] = []
    """Another attempt was under way, and far longer than the tasks beside it."""
    outcome: list[Outcome] = []
    """``won`` counts; ``failed``; ``late`` came when another had won; ``cancelled`` was not waited for."""
    began: list[float | None] = []
    """When it was submitted; null for one of an unknown session."""
    ended: list[float | None] = []
    """When its answer came, or it was given up."""
    seconds: list[float] = []
    """At work, on the worker's clock; 0 without an answer."""
    records_in: list[int] = []
    bytes_in: list[int] = []
    records_out: list[int] = []
    bytes_out: list[int] = []
    spills: list[int] = []
    peak_memory: list[int] = []
    """The largest resident size of the worker's process so far, in bytes."""
    requests: list[int] = []
    """To stores that count them."""
    bad_records: list[int] = []
    file: list[int] = []
    """Of a map task: the first file that it reads, as an index into the report's ``files``; -1 when unknown."""
    start: list[int] = []
    """Where it begins there, in bytes."""
    last_file: list[int] = []
    """The last file that it reads."""
    end: list[int] = []
    """Where it ends there, in bytes."""
    splits: list[int] = []
    """How many splits it reads, from the first to the last."""


class Failure(msgspec.Struct, frozen=True):
    """Why an attempt failed."""

    row: int
    """Its row in ``attempts``."""
    kind: FailureKind | Literal["place"]
    """``place``: around the task, such as a worker that died; else as its worker told it."""
    error: str
    """The exception's type."""
    message: str
    traceback: str = ""
    file: str | None = None
    """The input file in hand."""
    offset: int | None = None
    """Where the record in hand begins, in bytes from the start of its (decompressed) file."""
    preview: str = ""
    """The first characters of the record or key in hand, escaped."""


class Ending(msgspec.Struct, frozen=True):
    """What ended a run that did not end well."""

    error: str
    """The exception's type."""
    message: str
    traceback: str = ""


class OutputFile(msgspec.Struct, frozen=True, array_like=True):
    """One output: its name in the location, bytes and records."""

    name: str
    size: int
    records: int


class SetAside(msgspec.Struct, frozen=True):
    """Bad records that were set aside."""

    path: str
    records: int


class SettingValue(msgspec.Struct, frozen=True):
    """One effective setting. A secret's value is stars."""

    name: str
    value: str
    """As people read it."""
    origin: str
    """``flag --split-size``; ``default``."""
    group: str
    default: bool
    """Nobody set it."""


class Versions(msgspec.Struct, frozen=True):
    """What ran."""

    corral: str
    python: str
    platform: str
    plugins: dict[str, str] = {}
    """Version by distribution."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A run, from its first session to its last."""

    version: int = VERSION
    run: str
    """The run's id."""
    location: str
    """The working location."""
    executor: str
    state: State
    ending: Ending | None = None
    files_in: int
    """Input files."""
    bytes_in: int
    """Their size, as stored."""
    sessions: list[SessionRun]
    phases: list[PhaseRun]
    steps: list[StepRun]
    cuts: list[Cut]
    attempts: Attempts
    files: list[str]
    """The files that map tasks read."""
    failures: list[Failure]
    """The first and the last ones, where there are many."""
    failures_left_out: int = 0
    outputs: list[OutputFile]
    """Empty when the run did not end well."""
    dead_letters: SetAside | None = None
    counters: dict[str, int]
    """Of the stages that ended."""
    requests: dict[str, int]
    """By kind, of all attempts."""
    usage: str = ""
    """What the executor says that its place bills."""
    cost: list[CostItem] = []
    settings: list[SettingValue]
    versions: Versions
