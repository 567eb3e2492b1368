"""Who takes part: each contender is a command that reads inputs and leaves its answer at a path."""

from __future__ import annotations

import importlib.util
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CORES", "Contender", "corral", "go_corral", "missing", "mrjob", "peer"]

HERE = Path(__file__).parent
CORES = 2
"""Processes or threads of every contender."""


@dataclass(frozen=True)
class Contender:
    """One way to do a workload's work."""

    name: str
    command: Callable[[Path], list[str]]
    """The command that leaves its answer at a path, which does not exist before."""
    needs: str | None = None
    """A module, without which it is left out."""
    units: float = 1
    """How much work it does, when a workload's contenders do not all do the same: ratios are of time per unit."""
    expected: Path | None = None
    """The right answer, when it is not the first contender's."""


def corral(
    name: str, job: str, *inputs: Path, units: float = 1, expected: Path | None = None, **settings: str
) -> Contender:
    """The ``corral`` command, on local processes.

    :param job: a file of ``benchmarks/jobs`` or ``examples``, and a job's name after a colon if it has several.
    :param settings: more settings, in their spelling as attributes.
    """
    program = str(Path(sysconfig.get_path("scripts")) / "corral")
    layers = {"executor": "local-process", "local_workers": str(CORES), **settings}
    flags = [part for key, value in layers.items() for part in (f"--{key.replace('_', '-')}", value)]

    def command(answer: Path) -> list[str]:
        return [program, str(HERE.parent / job), *map(str, inputs), "--out", str(answer), "--quiet", *flags]

    return Contender(name, command, units=units, expected=expected)


def peer(name: str, script: str, work: str, *inputs: Path, needs: str | None = None) -> Contender:
    """A script of ``benchmarks/peers``, which is told what to do, and what with."""
    program = str(HERE / "peers" / script)
    if script == "duckdb_sql.py":
        return Contender(name, lambda answer: [sys.executable, program, work, str(answer), *map(str, inputs)], needs)
    kind = [work] if work else []
    return Contender(name, lambda answer: [sys.executable, program, *kind, *map(str, inputs), str(answer)], needs)


def mrjob(name: str, text: Path) -> Contender:
    """The local runner of mrjob, which takes a process for each core by itself."""
    start = [sys.executable, str(HERE / "peers" / "mrjob_words.py"), "-r", "local", "--no-conf", "--quiet", str(text)]
    return Contender(name, lambda answer: [*start, "--output-dir", str(answer)], "mrjob")


def go_corral(programs: Path | None, program: str, *inputs: Path) -> Contender:
    """Go corral, if its built examples are at hand.

    :param programs: the directory with the programs ``word_count``, ``amplab1``, ``amplab2`` and ``amplab3``.
    """
    path = None if programs is None else programs / program

    def command(answer: Path) -> list[str]:
        answer.mkdir()
        return [str(path), "--out", str(answer), *map(str, inputs)]

    found = path is not None and path.exists()
    return Contender("Go corral", command, None if found else f"{program} of Go corral (--go-corral DIRECTORY)")


def missing(contender: Contender) -> str | None:
    """Why a contender is left out, or None."""
    if contender.needs is None:
        return None
    if contender.needs.isidentifier() and importlib.util.find_spec(contender.needs) is not None:
        return None
    return f"{contender.needs} is not installed" if contender.needs.isidentifier() else f"no {contender.needs} is given"
