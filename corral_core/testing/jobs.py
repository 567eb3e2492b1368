"""Real tasks over real files, for tests that have an executor or a worker but no driver."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from corral_core.executor import Bundle
from corral_core.storage.resolve import storage_for
from corral_core.tasks import JobRef, MapTask, ReduceTask, Split, TaskId, TaskOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corral_core.storage.api import Storage
    from corral_core.tasks import SegmentRef

__all__ = ["SAMPLE_JOB", "Gate", "Tally", "TaskBench"]

SAMPLE_JOB = Path(__file__).with_name("sample_job.py")

_OPTIONS = TaskOptions("corral_core.formats.text:TextInput", "corral_core.formats.text:TextOutput")


@dataclass(frozen=True)
class Gate:
    """What tasks wait at, wherever they run: files in the bench's location."""

    storage: Storage
    path: str

    @property
    def line(self) -> str:
        """For a task that says at the gate that it is there, and ends when it opens."""
        return f"wait {self.path}"

    def reached(self) -> bool:
        """Whether a task waits there, or has."""
        return bool(self.storage.list(self.storage.join(self.path, "waiting")))

    def open(self) -> None:
        """Let all tasks through."""
        with self.storage.create(self.storage.join(self.path, "open")):
            pass


@dataclass(frozen=True)
class Tally:
    """How often tasks came by, wherever they ran: a file for each time in the bench's location."""

    storage: Storage
    path: str

    @property
    def line(self) -> str:
        """For a task that counts."""
        return f"tally {self.path}"

    def count(self) -> int:
        """How often it was run."""
        return len(self.storage.list(self.path))


class TaskBench:
    """Makes tasks of the sample job.

    :param folder: a local directory, where a copy of the job goes.
    :param location: where inputs and outputs go, on any storage that the workers reach.
    :param source: another job file, with jobs named ``acting`` and ``counting``.
    """

    run = "suite"

    def __init__(self, folder: Path, location: str, source: Path = SAMPLE_JOB) -> None:
        self._location = location
        self._storage = storage_for(location)
        self._numbers = count()
        self._gates: list[Gate] = []
        code = source.read_bytes()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / source.name).write_bytes(code)
        self._file = source.name
        self._folder = str(folder)
        self._digest = hashlib.sha256(code).hexdigest()

    def bundle(self) -> Bundle:
        """What the executor opens."""
        return Bundle(self._job("acting"), (self._folder,))

    def acting(self, *lines: str, padding: int = 0) -> MapTask:
        """A map-only task that does what its lines say: see ``ACTIONS`` in ``sample_job.py``.

        :param padding: bytes by which to make the message bigger.
        """
        number, split = self._input(lines)
        options = _OPTIONS
        if padding:
            # The storage of a scheme that nobody uses is the one part of a message that does nothing.
            unused = {"unused": "x" * padding}
            options = TaskOptions(_OPTIONS.input_format, _OPTIONS.output_format, storages=unused)
        output = self._storage.join(self._location, f"output-{number}")
        return MapTask(self._id("map", number), self._job("acting"), (split,), 0, self._work(), options, output=output)

    def mapping(self, *lines: str, partitions: int) -> MapTask:
        """The map task of a word count."""
        number, split = self._input(lines)
        return MapTask(self._id("map", number), self._job("counting"), (split,), partitions, self._work(), _OPTIONS)

    def reducing(self, segments: Sequence[SegmentRef | None]) -> ReduceTask:
        """The reduce task of a word count."""
        number = next(self._numbers)
        output = self._storage.join(self._location, f"output-{number}")
        found = tuple(segment for segment in segments if segment)
        return ReduceTask(self._id("reduce", number), self._job("counting"), found, self._work(), _OPTIONS, output)

    def gate(self) -> Gate:
        """A gate that is shut."""
        gate = Gate(self._storage, self._storage.join(self._location, f"gate-{next(self._numbers)}"))
        self._gates.append(gate)
        return gate

    def tally(self) -> Tally:
        """A tally of nothing yet."""
        return Tally(self._storage, self._storage.join(self._location, f"tally-{next(self._numbers)}"))

    def release(self) -> None:
        """Open all gates, so that no task waits any more."""
        while self._gates:
            self._gates.pop().open()

    def read(self, path: str) -> list[str]:
        """A file's lines."""
        with self._storage.open(path) as stream:
            return stream.read().decode().splitlines()

    def _input(self, lines: Sequence[str]) -> tuple[int, Split]:
        number = next(self._numbers)
        data = "".join(f"{line}\n" for line in lines).encode()
        path = self._storage.join(self._location, f"input-{number}")
        with self._storage.create(path) as stream:
            stream.write(data)
        return number, Split(path, 0, len(data), len(data))

    def _work(self) -> str:
        return self._storage.join(self._location, "_corral", self.run)

    def _id(self, phase: str, number: int) -> TaskId:
        return TaskId(self.run, 0, "map" if phase == "map" else "reduce", number)

    def _job(self, attribute: str) -> JobRef:
        return JobRef("file", self._file, self._folder, attribute, self._digest)
