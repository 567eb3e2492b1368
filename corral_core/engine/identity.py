"""What must be the same for a run to be gone on with: the finished tasks' work is of no use to any other run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from corral_core.job import Job
    from corral_core.settings import Settings
    from corral_core.settings.api import Item
    from corral_core.storage.api import FileInfo

__all__ = ["MATTERS", "Identity", "changes", "identity_of"]

MATTERS = (
    "inputFormat",
    "encoding",
    "splitSize",
    "mapBinSize",
    "maxRecordSize",
    "outputFormat",
    "reducers",
    "reduceBinSize",
    "shuffleLayout",
)
"""The settings that decide what a task does, or which tasks there are."""

_MAXIMA = ("splitSize", "mapBinSize", "reduceBinSize")

_SHOWN = 3
"""Changed inputs that a message names."""


class Identity(msgspec.Struct, frozen=True):
    """Code, stages, settings and inputs of a run."""

    code: str
    """Its fingerprint (codefiles.py)."""
    stages: tuple[str, ...]
    settings: dict[str, str]
    inputs: tuple[tuple[str, int, str], ...]
    """Path, size and version of each file."""
    params: dict[str, Any] = {}
    """The values of the jobs' parameters, as JSON holds them."""


def identity_of(
    code: str, jobs: Sequence[Job], settings: Settings, files: Sequence[FileInfo], params: dict[str, Any] | None = None
) -> Identity:
    """The identity of a run that is about to begin."""
    shown = {item.setting.name: _shown(item) for item in settings.items() if item.setting.name in MATTERS}
    return Identity(
        code,
        tuple(f"{job.name}{'' if job.reducer else ' (map only)'}" for job in jobs),
        shown,
        tuple((file.path, file.size, file.version) for file in files),
        params or {},
    )


def _shown(item: Item) -> str:
    # Where nobody chose a size, tasks are smaller than its default if that keeps more slots busy (planner.py).
    default = item.setting.name in _MAXIMA and item.origin.layer == "default"
    return f"{item.shown} by default" if default else item.shown


def changes(before: Identity, now: Identity) -> list[str]:
    """What differs, each as the part of a sentence; empty when it is the same run."""
    return [*_plain_changes(before, now), *_input_changes(before, now)]


def _plain_changes(before: Identity, now: Identity) -> Iterator[str]:
    if before.code != now.code:
        yield "the job's code has changed"
    if before.stages != now.stages:
        yield f"its stages were {', '.join(before.stages)} and are {', '.join(now.stages)}"
    for name in sorted(before.settings.keys() | now.settings.keys()):
        old, new = before.settings.get(name, "none"), now.settings.get(name, "none")
        if old != new:
            yield f"{name} was {old} and is {new}"
    for name in sorted(before.params.keys() & now.params.keys()):  # else the code has changed
        if before.params[name] != now.params[name]:
            yield f"parameter {name} was {before.params[name]} and is {now.params[name]}"


def _input_changes(before: Identity, now: Identity) -> Iterator[str]:
    if before.inputs == now.inputs:
        return
    old, new = ({path: rest for path, *rest in identity.inputs} for identity in (before, now))
    found = [
        *(f"input {path} is gone" for path in old.keys() - new.keys()),
        *(f"input {path} is new" for path in new.keys() - old.keys()),
        *(f"input {path} has changed" for path in old.keys() & new.keys() if old[path] != new[path]),
    ]
    yield from sorted(found)[:_SHOWN] or ["the inputs come in another order, or more than once"]
    if len(found) > _SHOWN:
        yield f"{len(found) - _SHOWN} more inputs have changed"
