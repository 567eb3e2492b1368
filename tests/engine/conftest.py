"""What the engine's tests share: runs over bytes, through the real Driver, and a memory that is always full."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, BinaryIO

import pytest
from hypothesis import strategies as st

from corral_core import Driver
from corral_core.engine import groups, mapside, maptask, runs, segments, setup
from corral_core.engine.segment import SegmentWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from corral_core import Job
    from corral_core.engine.result import RunResult


STYLES = ["emitter", "class", "function", "generator", "list", "batch", "map_batch"]
"""Of mappers."""


@dataclass
class Plan:
    """How a run is cut: nothing of it may show in the answer."""

    split_size: int
    map_bin_size: int
    layout: str
    memory: int
    tight: bool
    values: int
    wide: int
    style: str

    @property
    def options(self) -> dict[str, Any]:
        return {
            "split_size": self.split_size,
            "map_bin_size": self.map_bin_size,
            "shuffle_layout": self.layout,
            "task_memory": self.memory,
        }


plans = st.builds(
    Plan,
    split_size=st.integers(1, 40),
    map_bin_size=st.integers(1, 80),
    layout=st.sampled_from(["files", "single", "auto"]),
    memory=st.sampled_from([1, 400, 2**29]),
    tight=st.booleans(),
    values=st.integers(1, 3),
    wide=st.integers(2, 4),
    style=st.sampled_from(STYLES),
)


@dataclass
class Ended:
    """A run that ended well: its result, and the bytes of ``output-0``, ``output-1``, ..."""

    result: RunResult
    outputs: list[bytes]


class Bench:
    """Runs jobs on the inline executor, each in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self._root, self._number = root, count()

    def folder(self) -> Path:
        path = self._root / str(next(self._number))
        path.mkdir()
        return path

    def write(self, contents: Sequence[bytes], names: Sequence[str] = ()) -> list[str]:
        """Input files, in a new folder, in this order."""
        folder = self.folder()
        paths = [folder / (names[i] if i < len(names) else f"in-{i:03}.txt") for i in range(len(contents))]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)
        return list(map(str, paths))

    def run(
        self, jobs: Job | Sequence[Job], contents: Sequence[bytes], plan: Plan | None = None, **options: Any
    ) -> Ended:
        """Over these inputs; the working location is a new folder unless the options say otherwise."""
        inputs = self.write(contents)
        options = {"executor": "inline", "working_location": str(self.folder()), **options}
        if plan is not None:
            options |= plan.options
        with (
            pytest.MonkeyPatch.context() as patch,
            tight(values=plan.values, wide=plan.wide) if plan and plan.tight else nullcontext(),
        ):
            patch.setattr(setup, "LEAST_TASK_MEMORY", 1)
            result = Driver(jobs, **options).run(inputs)
        return Ended(result, [self._content(output.path) for output in result.outputs])

    def _content(self, path: str) -> bytes:
        from corral_core.storage.resolve import storage_for

        with storage_for(path).open(path) as stream:
            return stream.read()


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"))


class FullMemory:
    """A budget that is exceeded each time somebody asks."""

    def __init__(self, limit: int) -> None:
        pass

    def exceeded(self) -> bool:
        return True

    def released(self) -> None:
        pass


@contextmanager
def tight(*, values: int = 1, wide: int = 2) -> Iterator[None]:
    """Each check of a map task spills, a block holds ``values`` values, ``wide`` runs are merged into one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(maptask, "Budget", FullMemory)
        patch.setattr(groups, "KEYS_PER_CHECK", 1)
        patch.setattr(groups, "VALUES_AT_ONCE", values)
        patch.setattr(mapside, "RUNS_AT_ONCE", wide)
        for module in (runs, segments):
            patch.setattr(module, "SegmentWriter", partial(_small_blocks, values))
        yield


def _small_blocks(
    values: int, stream: BinaryIO, *, any_type: bool = False, block_values: int | None = None
) -> SegmentWriter:
    return SegmentWriter(stream, any_type=any_type, block_values=block_values or values)
