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
    map_bin = sizes.map_bin if sizes.fixed_map_bin else _share(total, sizes.map_bin, slots)
    split = sizes.split if sizes.fixed_split else min(sizes.split, map_bin)
    split = min(split, map_bin)
    splits = [part for file in files for part in split_file(file, split, splittable=splittable(file.path))]
    if not reduces:
        count = 0
    elif reducers is not None:
        count = reducers
    else:
        reduce_bin = sizes.reduce_bin if sizes.fixed_reduce_bin else _share(total, sizes.reduce_bin, slots)
        count = max(1, -(-total // reduce_bin))
    return StagePlan(pack_bins(splits, map_bin), count, total)


def _share(total: int, most: int, slots: int | None) -> int:
    """The bytes of one of as many equal tasks as there are slots, within ``most`` and what is worth a task."""
    if slots is None:
        return most
    return max(1, min(most, max(LEAST_TASK, -(-total // slots))))
