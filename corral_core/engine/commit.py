"""The outputs in a working location: is it free, whose are they, what stands there at the end.

::

    LOCATION/output-0 ...        the answer, one file a reducer
    LOCATION/_bad_records.jsonl  what was set aside, if anything was
    LOCATION/_SUCCESS            its manifest, written last: an answer without it is not whole
    LOCATION/_report.json.gz     what the last run that was here did, however it ended (report/)
    LOCATION/_corral/RUN/        the run's own (folder.py)
"""

from __future__ import annotations

import errno
import glob
import re
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from corral_core.engine.deadletters import gather
from corral_core.engine.folder import RUNS
from corral_core.engine.patience import patient
from corral_core.errors import OutputError, reason_of
from corral_core.report.store import NAME as REPORT
from corral_core.tasks import Output  # noqa: TC001  (msgspec reads annotations)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from corral_core.storage.api import FileInfo, Storage

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
    format: str = "text"
    """The output format that wrote the parts, by name; and its encoding."""
    encoding: str = "utf-8"
    version: int = 1


class Location:
    """Where runs work and leave their outputs."""

    def __init__(self, storage: Storage, path: str) -> None:
        self.storage = storage
        self.path = storage.normalize(path)
        self.bad_records = storage.join(self.path, "_bad_records.jsonl")
        self.report = storage.join(self.path, REPORT)
        self._success = storage.join(self.path, "_SUCCESS")

    def output(self, number: int) -> str:
        """The path of ``output-X``."""
        return self.storage.join(self.path, f"output-{number}")

    def runs(self) -> list[str]:
        """The ids of the runs that have a folder here, the oldest first."""
        below = self.storage.join(self.path, RUNS)
        cut = len(below) + 1
        # Not the segments, of which there may be a million.
        files = self.storage.list(self.storage.join(glob.escape(below), "*", "*.json"))
        return sorted({file.path[cut:].partition("/")[0] for file in files})

    def check_free(self, run: str) -> None:
        """See that a run may make outputs here.

        :raises OutputError: when some are there already, or they can't be looked for.
        """
        try:
            there = self._there()
        except OSError as error:
            raise OutputError(
                f"output {self.path} can't be looked at: {reason_of(error)}; choose another --out"
            ) from error
        self._refuse(run, there)

    def has_outputs(self) -> bool:
        """Whether there are outputs, whole or not: then runs have been here."""
        return bool(self._there())

    def check_apart(self, inputs: Sequence[FileInfo]) -> None:
        """:raises OutputError: when an output that would be replaced is an input."""
        for file in inputs:
            if self._is_output(file.path):
                raise OutputError(
                    f"{file.path} is an input too, so it can't be replaced: choose another --out, or move it first"
                )

    def finished(self) -> str | None:
        """The run whose outputs stand here, whole."""
        manifest = self.manifest()
        return manifest.run if manifest else None

    def manifest(self) -> Manifest | None:
        """What ``_SUCCESS`` says; None when there is none, or none that can be read."""
        with suppress(FileNotFoundError, msgspec.MsgspecError), self.storage.open(self._success) as stream:
            return msgspec.json.decode(stream.read(), type=Manifest)
        return None

    def has_manifest(self) -> bool:
        """Whether there is a ``_SUCCESS``, be it damaged."""
        return bool(self._manifest())

    def parts(self) -> list[FileInfo]:
        """The outputs that are there, whole or not, by their numbers."""
        return sorted(self._found(), key=lambda file: int(file.path.rpartition("-")[2]))

    def claim(self, run: str, *, overwrite: bool) -> None:
        """From here on, outputs are this run's; those of earlier runs are removed.

        :param overwrite: without it, what is there now came after :meth:`check_free`, from a run beside this one.
        :raises OutputError: when another run's outputs are there and may not be replaced.
        """
        if overwrite:
            self.remove_outputs()
        else:
            self._refuse(run, patient(self._there))

    def lost(self, outputs: Mapping[int, Output]) -> list[int]:
        """Which of these outputs, by their tasks' numbers, are not there as they were written; those that lie
        elsewhere are not looked for."""
        there = {file.path: file.size for file in patient(self._found)}
        return [
            n for n, output in outputs.items() if self._is_output(output.path) and there.get(output.path) != output.size
        ]

    def remove_run(self, run: str) -> bool:
        """Remove a run's folder, and the folder of runs when it was the last; whether it was."""
        self.storage.delete_tree(self.storage.join(self.path, RUNS, run))
        runs = self.storage.join(self.path, RUNS)
        last = not self.storage.list(runs)
        if last:
            self.storage.delete_tree(runs)
        return last

    def free(self, output: str) -> None:
        """Remove one output."""
        patient(self.storage.delete, [output])

    def remove_outputs(self, keep: Collection[str] = ()) -> None:
        """Remove the manifest, which says that all is there, and the report of that run; then the outputs, but for
        those to keep."""
        if manifest := patient(self._manifest):
            patient(self.storage.delete, [*manifest, self.report])
        patient(self.storage.delete, [path for path in patient(self._outputs) if path not in keep])

    def gather(self, dead_letters: Sequence[Output]) -> str | None:
        """Put the tasks' dead letters, if there are any, into one file; answers its path."""
        if not dead_letters:
            return None
        patient(gather, self.storage, dead_letters, self.bad_records)
        return self.bad_records

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest; its parts may have whole paths."""
        named = [msgspec.structs.replace(part, path=part.path.rpartition("/")[2]) for part in manifest.parts]
        data = msgspec.json.encode(msgspec.structs.replace(manifest, parts=named))
        patient(self._write, self._success, msgspec.json.format(data, indent=2) + b"\n")

    def _refuse(self, run: str, there: list[str]) -> None:
        if there:
            others = [] if self._success in there else patient(self.runs)
            unfinished = [other for other in others if other != run]  # this one has not made any yet
            more = f" and {len(there) - 1} more" if len(there) > 1 else ""
            go_on = f", go on with run {unfinished[-1]} by --resume" if unfinished else ""
            raise OutputError(
                f"outputs are there already, {there[0]}{more}: choose another --out{go_on}, or replace them with "
                "--overwrite"
            )

    def _there(self) -> list[str]:
        return [*self._outputs(), *self._manifest()]

    def _write(self, path: str, data: bytes) -> None:
        with self.storage.create(path) as stream:
            stream.write(data)
        if self.storage.stat(path).size != len(data):
            raise OSError(errno.EIO, "the store has kept a part of it only", path)

    def _is_output(self, path: str) -> bool:
        name = path.rpartition("/")[2]
        return path in (self.bad_records, self.report) or (
            _OUTPUT.fullmatch(name) is not None and path == self.storage.join(self.path, name)
        )

    def _found(self) -> list[FileInfo]:
        pattern = self.storage.join(glob.escape(self.path), "output-*")
        # The glob also gives what lies in a directory of such a name, which is somebody else's.
        return [file for file in self.storage.list(pattern) if self._is_output(file.path)]

    def _outputs(self) -> list[str]:
        there = [file.path for file in self._found()]
        with suppress(FileNotFoundError):
            there.append(self.storage.stat(self.bad_records).path)
        return there

    def _manifest(self) -> list[str]:
        with suppress(FileNotFoundError):
            return [self.storage.stat(self._success).path]
        return []
