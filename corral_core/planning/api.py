"""What a plan says. ``corral plan --json`` prints it field by field (docs/reference/plan.md)."""

from __future__ import annotations

import msgspec

from corral_core.prices import CostItem  # noqa: TC001  (msgspec reads annotations)

__all__ = ["Inputs", "Memory", "Outlook", "PhaseOutlook", "Plan", "Sampled", "StageOutlook", "Table"]


class Inputs(msgspec.Struct, frozen=True):
    """What the run reads, as stored."""

    files: int
    bytes: int
    compressed_files: int
    """Those among them that one mapper reads whole."""
    compressed_bytes: int


class Memory(msgspec.Struct, frozen=True):
    """In bytes."""

    task: int
    """What one task may use before it spills."""
    at_once: int
    """The same for all tasks that run at once."""
    machine: int | None
    """What this machine has, where the tasks run on it."""


class PhaseOutlook(msgspec.Struct, frozen=True):
    """A stage's mappers, or its reducers."""

    tasks: int
    waves: int
    """How often each slot gets a task."""
    seconds: float
    """From the phase's begin to its end."""


class StageOutlook(msgspec.Struct, frozen=True):
    """One stage; from the second on, its input too is an estimate."""

    name: str
    bytes_in: int
    splits: int
    layout: str | None
    """``files`` or ``single``; None without reducers."""
    shuffled: int
    """Bytes of all segments."""
    bytes_out: int
    map: PhaseOutlook
    reduce: PhaseOutlook | None


class Outlook(msgspec.Struct, frozen=True):
    """What comes of one set of assumptions."""

    stages: tuple[StageOutlook, ...]
    tasks: int
    seconds: float
    """From the first task to the last, without building a bundle and deploying it."""
    worker_seconds: float
    """Of all tasks together."""
    requests: dict[str, int]
    """Of the tasks, by kind; empty where the store bills none."""
    driver_requests: dict[str, int]
    """Of the driver, about."""
    cost: tuple[CostItem, ...]
    dollars: float


class Sampled(msgspec.Struct, frozen=True):
    """What was really run to see."""

    bytes: int
    records: int
    seconds: float
    """Of mapping and reducing, on this machine."""


class Table(msgspec.Struct, frozen=True):
    """Where prices come from."""

    place: str
    date: str
    source: str


class Plan(msgspec.Struct, frozen=True):
    """What would run."""

    executor: str
    location: str
    intermediate: str
    """The directory below which segments and records between stages would lie."""
    inputs: Inputs
    slots: int
    """Tasks that would run at once, at most."""
    memory: Memory
    low: Outlook
    """If all goes well."""
    high: Outlook
    """If little does, short of failures."""
    sampled: Sampled | None
    assumptions: tuple[str, ...]
    """Each a sentence with its figures."""
    warnings: tuple[str, ...]
    """Why a run would be refused as things stand."""
    prices: tuple[Table, ...]
    version: int = 1
    """Of this shape."""
