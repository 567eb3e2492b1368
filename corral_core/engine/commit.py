"""The working location of a run: is it free, what stands there at the end, what is removed.

::

    LOCATION/output-0 ...        the answer, one file a reducer
    LOCATION/_bad_records.jsonl  what was set aside, if anything was
    LOCATION/_SUCCESS            its manifest, written last: an answer without it is not whole
    LOCATION/_corral/RUN/        the run's own: shuffle segments, records between stages
"""

from __future__ import annotations

import glob
import re
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from corral_core.engine.deadletters import gather
from corral_core.errors import OutputError, reason_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corral_core.storage.api import FileInfo, Storage
    from corral_core.tasks import Output

__all__ = ["Location", "Manifest"]

_OUTPUT = re.compile(r"output-\d+")


class Manifest(msgspec.Struct, frozen=True):
    """What ``_SUCCESS`` holds, as JSON."""

    run: str
    parts: list[Output]
    """In order; each with its name in the location, bytes, records and CRC-32."""
    counters: dict[str, int]
    bad_records: int = 0
    """Those set aside, in ``_bad_records.jsonl``."""
    version: int = 1


class Location:
    """Where a run works and leaves its outputs."""

    def __init__(self, storage: Storage, path: str, run: str) -> None:
        self._storage = storage
        self.path = storage.normalize(path)
        self.run = run
        self.scratch = storage.join(self.path, "_corral", run)
        self.bad_records = storage.join(self.path, "_bad_records.jsonl")
        self._success = storage.join(self.path, "_SUCCESS")
        self._ours = False

    def output(self, number: int) -> str:
        """The path of ``output-X``."""
        return self._storage.join(self.path, f"output-{number}")

    def stage(self, number: int) -> str:
        """Where a stage's segments, or records for the next stage, lie."""
        return self._storage.join(self.scratch, f"stage-{number}")

    def between(self, stage: int, number: int) -> str:
        """The path of a stage's records for the next."""
        return self._storage.join(self.stage(stage), f"part-{number}")

    def check_free(self) -> None:
        """:raises OutputError: when outputs are there already, or they can't be looked for."""
        try:
            there = self._outputs()
        except OSError as error:
            raise OutputError(
                f"output {self.path} can't be looked at: {reason_of(error)}; choose another --out"
            ) from error
        if there:
            more = f" and {len(there) - 1} more" if len(there) > 1 else ""
            raise OutputError(
                f"outputs are there already, {there[0]}{more}: choose another --out, or replace them with --overwrite"
            )

    def check_apart(self, inputs: Sequence[FileInfo]) -> None:
        """:raises OutputError: when an output that would be replaced is an input."""
        for file in inputs:
            if self._is_output(file.path):
                raise OutputError(
                    f"{file.path} is an input too, so it can't be replaced: choose another --out, or move it first"
                )

    def begin(self, executor: str) -> None:
        """Make the run's folder, with a note of what is running here."""
        self.put("run.json", msgspec.json.encode({"run": self.run, "executor": executor, "corral": 1}))

    def put(self, name: str, data: bytes) -> str:
        """Write a file of the run's own; answers its path."""
        path = self._storage.join(self.scratch, name)
        with self._storage.create(path) as stream:
            stream.write(data)
        return path

    def claim(self, *, overwrite: bool) -> None:
        """From here on, outputs are this run's; those of earlier runs are removed.

        :param overwrite: without it, what is there now came after :meth:`check_free`, from a run beside this one.
        :raises OutputError: when another run's outputs are there and may not be replaced.
        """
        if not overwrite:
            self.check_free()
        self._ours = True
        self._remove_outputs()

    def abandon(self, *, keep: bool) -> None:
        """After a failure: no output of this run stays, nor, unless it is to be kept, its folder."""
        if self._ours:
            self._remove_outputs()
        if not keep:
            self.remove_scratch()

    def gather(self, dead_letters: Sequence[Output]) -> str | None:
        """Put the tasks' dead letters, if there are any, into one file; answers its path."""
        if not dead_letters:
            return None
        gather(self._storage, dead_letters, self.bad_records)
        return self.bad_records

    def finish(self, parts: Sequence[Output], counters: dict[str, int], bad_records: int = 0) -> None:
        """Write the manifest, which says that all is there."""
        named = [msgspec.structs.replace(part, path=part.path.rpartition("/")[2]) for part in parts]
        manifest = Manifest(self.run, named, counters, bad_records)
        with self._storage.create(self._success) as stream:
            stream.write(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")

    def remove_scratch(self) -> None:
        """Remove the run's own folder, and the folder of runs when it was the last."""
        self._storage.delete_tree(self.scratch)
        runs = self._storage.join(self.path, "_corral")
        if not self._storage.list(runs):
            self._storage.delete_tree(runs)

    def _remove_outputs(self) -> None:
        self._storage.delete([self._success])  # first: without it, the others are no answer
        self._storage.delete(self._outputs())

    def _is_output(self, path: str) -> bool:
        name = path.rpartition("/")[2]
        return path == self.bad_records or (
            _OUTPUT.fullmatch(name) is not None and path == self._storage.join(self.path, name)
        )

    def _outputs(self) -> list[str]:
        pattern = self._storage.join(glob.escape(self.path), "output-*")
        # The glob also gives what lies in a directory of such a name, which is somebody else's.
        there = [file.path for file in self._storage.list(pattern) if self._is_output(file.path)]
        for path in (self.bad_records, self._success):
            with suppress(FileNotFoundError):
                there.append(self._storage.stat(path).path)
        return there
