"""How many mappers and reducers a stage gets. Pure functions of sizes and settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from corral_core.engine.splits import pack_bins, split_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from corral_core.storage.api import FileInfo
    from corral_core.tasks import Split

__all__ = ["Sizes", "StagePlan", "layout_of", "plan_stage"]

LEAST_TASK = 2 * 2**20
"""Bytes below which a task of its own costs more than it saves: some 10 ms of fixed costs, at 10 to 50 MB/s a core."""
FILES_AT_MOST = 1000
"""Segments of a stage that may be files of their own."""
PIECES = (1, 2, 8)
"""Splits in a bin that are tried where the user left their size open."""
ALIKE = 1.02
"""How much larger than the best plan's largest bin a plan's may be, for having fewer splits."""
STEPS = 8
"""Sizes of bins that are tried between a share and a share with one split more."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes that the user set, or the defaults, in bytes."""

    split: int
    map_bin: int
    reduce_bin: int
    fixed_split: bool = False
    """The user chose ``split``: don't make it smaller."""
    fixed_map_bin: bool = False
    fixed_reduce_bin: bool = False


@dataclass(frozen=True, slots=True)
class StagePlan:
    """One bin for each mapper, and how many reducers (0: the mappers write the outputs)."""

    bins: list[tuple[Split, ...]]
    reducers: int
    bytes: int


def plan_stage(
    files: Sequence[FileInfo],
    sizes: Sizes,
    *,
    slots: int | None,
    reducers: int | None,
    reduces: bool,
    splittable: Callable[[str], bool],
) -> StagePlan:
    """Cut a stage's input and count its tasks.

    Where the user chose no sizes and the executor has few slots, bins and reducers become smaller than their maxima
    until each slot has work, as long as a task is worth its fixed costs.

    :param slots: tasks that the executor runs at once, if that is a fixed number.
    :param reducers: how many the job or the user wants; None to derive it from the size.
    :param splittable: whether a file, by its path, can be read from the middle.
    """
    total = sum(file.size for file in files)
    bins = _bins(files, total, sizes, slots, splittable)
    if not reduces:
        count = 0
    elif reducers is not None:
        count = reducers
    else:
        even = None if sizes.fixed_reduce_bin else _even_tasks(total, sizes.reduce_bin, slots)
        count = even or max(1, -(-total // sizes.reduce_bin))
    return StagePlan(bins, count, total)


def layout_of(
    setting: Literal["auto", "files", "single"], plan: StagePlan, *, local: bool
) -> Literal["files", "single"]:
    """How a stage's segments lie in storage, for the setting ``shuffleLayout``.

    By itself, a file for each mapper and reducer where files are cheap and few: on this machine's disk, up to
    :data:`FILES_AT_MOST`. An object store asks as much for writing an object as for reading a dozen.

    :param local: the working location is on this machine's disk.
    """
    if setting != "auto":
        return setting
    return "files" if local and len(plan.bins) * plan.reducers <= FILES_AT_MOST else "single"


def _bins(
    files: Sequence[FileInfo], total: int, sizes: Sizes, slots: int | None, splittable: Callable[[str], bool]
) -> list[tuple[Split, ...]]:
    def split(size: int) -> list[Split]:
        return [part for file in files for part in split_file(file, size, splittable=splittable(file.path))]

    largest = min(sizes.split, sizes.map_bin)
    tasks = None if sizes.fixed_map_bin else _even_tasks(total, sizes.map_bin, slots)
    if tasks is None:
        return pack_bins(split(largest), sizes.map_bin)
    share = max(1, -(-total // tasks))
    if sizes.fixed_split:
        return _pack_evenly(split(largest), share, tasks, sizes.map_bin)
    # Smaller splits make bins of different files come out more alike, and cost a little each.
    plans = [_pack_evenly(split(max(1, min(largest, share // n))), share, tasks, sizes.map_bin) for n in PIECES]
    best = min(map(_largest, plans))
    return next(bins for bins in plans if _largest(bins) <= best * ALIKE)


def _largest(bins: list[tuple[Split, ...]]) -> int:
    return max((sum(split.length for split in splits) for splits in bins), default=0)


def _even_tasks(total: int, most: int, slots: int | None) -> int | None:
    """How many equal tasks keep all slots busy to the end, each within ``most`` bytes and worth its fixed costs."""
    if slots is None:
        return None
    waves = max(1, -(-total // (slots * most)))
    return max(1, min(slots * waves, -(-total // LEAST_TASK)))


def _pack_evenly(splits: Sequence[Split], share: int, tasks: int, most: int) -> list[tuple[Split, ...]]:
    """Bins of about ``share`` bytes, no more than ``tasks`` of them if that can be: next fit in bins of just the share
    would leave a small one over, that one slot works on while the others have nothing to do."""
    largest = max((split.length for split in splits), default=0)
    bins = pack_bins(splits, share)
    for step in range(1, STEPS + 1):
        if len(bins) <= tasks:
            break
        bins = pack_bins(splits, min(most, share + largest * step // STEPS))
    return bins
