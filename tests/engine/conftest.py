"""What the engine's tests share: runs over bytes, through the real Driver, a time in which nobody waits, and a memory
that is always full."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import pytest
from hypothesis import strategies as st

from corral_core import Driver
from corral_core.engine import groups, mapside, maptask, runs, segments, setup
from corral_core.engine import run as engine_run
from corral_core.engine.clock import Clock
from corral_core.engine.segment import SegmentWriter
from corral_core.engine.source import source_of
from corral_core.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from queue import SimpleQueue

    from corral_core import Job
    from corral_core.engine.result import RunResult
    from corral_core.events import Observer

_T = TypeVar("_T")

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


class Timeline(Clock):
    """Time that moves on when somebody waits, at once, to whatever is due next."""

    def __init__(self) -> None:
        self.time = 0.0
        self._coming: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()

    def now(self) -> float:
        return self.time

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Let something happen."""
        heappush(self._coming, (self.time + seconds, next(self._number), action))

    def wait(self, queue: SimpleQueue[_T], until: float | None) -> _T | None:
        while queue.empty():
            if self._coming and (until is None or self._coming[0][0] <= until):
                self.time, _, action = heappop(self._coming)
                action()
            elif until is None:
                raise AssertionError("nothing is due: this would wait for ever")
            else:
                self.time = max(self.time, until)
                return None
        return queue.get()


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
            patch.setattr(engine_run, "Clock", Timeline)  # a retry rests for no time
            # Half the time of a run as small as these; test_codefiles.py and test_resume.py have it as it is.
            patch.setattr(setup, "fingerprint", lambda _: "the same")
            result = Driver(jobs, **options).run(inputs)
        return self._ended(result)

    def start(
        self,
        jobs: Job | Sequence[Job],
        inputs: Sequence[str],
        out: Path,
        observers: Sequence[Observer] = (),
        **options: Any,
    ) -> Ended:
        """Over these files into this folder, inline and watched."""
        settings = load_settings(options={"executor": "inline", "working_location": str(out), **options})
        return self._ended(engine_run.run(source_of(Driver(jobs)), inputs, settings, observers, clock=Timeline()))

    def _ended(self, result: RunResult) -> Ended:
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
        patch.setattr(runs, "JOINED", 0)  # or the merge would see few of the small blocks
        yield


def _small_blocks(
    values: int, stream: BinaryIO, *, any_type: bool = False, block_values: int | None = None
) -> SegmentWriter:
    return SegmentWriter(stream, any_type=any_type, block_values=block_values or values)
