"""How many mappers and reducers a stage gets. Pure functions of sizes and settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from corral_core.engine.splits import pack_bins, split_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from corral_core.storage.api import FileInfo
    from corral_core.tasks import Split

__all__ = ["Sizes", "StagePlan", "plan_stage"]

LEAST_TASK = 2 * 2**20
"""Bytes below which a task of its own costs more than it saves: some 10 ms of fixed costs, at 10 to 50 MB/s a core."""
SPLITS_OF_A_SHARE = 8
"""Splits in a bin where the user left their size open: they make bins of different files come out alike."""
STEPS = 8


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
    tasks = None if sizes.fixed_map_bin else _even_tasks(total, sizes.map_bin, slots)
    share = sizes.map_bin if tasks is None else -(-total // tasks)
    split = min(sizes.split, sizes.map_bin)
    if tasks is not None and not sizes.fixed_split:
        split = max(1, min(split, share // SPLITS_OF_A_SHARE))
    splits = [part for file in files for part in split_file(file, split, splittable=splittable(file.path))]
    bins = pack_bins(splits, share) if tasks is None else _pack_evenly(splits, share, tasks, sizes.map_bin)
    if not reduces:
        count = 0
    elif reducers is not None:
        count = reducers
    else:
        even = None if sizes.fixed_reduce_bin else _even_tasks(total, sizes.reduce_bin, slots)
        count = even or max(1, -(-total // sizes.reduce_bin))
    return StagePlan(bins, count, total)


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
