"""Finds a job's code: for the command, by what the user typed; for a worker, by what the task says."""

from __future__ import annotations

import hashlib
import importlib
import os
import sys
import threading
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import msgspec

from corral_core.errors import JobError, reason_of
from corral_core.job import Job
from corral_core.storage.api import is_utf8
from corral_core.tasks import JobRef

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CODE_ROOT", "JobSource", "driver_path", "is_loading", "jobs_of", "load_job", "load_ref", "remember"]

CODE_ROOT = "CORRAL_CODE_ROOT"
"""The environment variable that names the directory of an unpacked bundle, on a worker that has one."""


@dataclass(frozen=True)
class JobSource:
    """Jobs, and how a worker finds them again."""

    jobs: list[Job]
    ref: JobRef | None
    """None when no module holds them: they travel as a pickle in the run's folder."""
    sys_path: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    """Settings that the code gives, which come before all others."""
    params: dict[str, Any] = field(default_factory=dict)
    """Values of the jobs' parameters that the code gives, which come before those of the command line."""
    flags: dict[str, Any] = field(default_factory=dict)
    """The texts of parameters on the command line: one, several for a list, or whether a switch is on."""


_loaded: dict[JobRef, list[Job]] = {}
_lock = threading.RLock()
_loading = threading.local()


def load_ref(ref: JobRef, storages: Mapping[str, str] | None = None) -> list[Job]:
    """The jobs that a task names, loaded once a process.

    :param storages: what plugins bring, by scheme: a pickle lies where the run works.
    :raises JobError: when they are not there, or not those that the driver saw.
    """
    with _lock:
        jobs = _loaded.get(ref)
        if jobs is None:
            if ref.kind == "pickle":  # each run has its own: a notebook would pile them up
                for old in [old for old in _loaded if old.kind == "pickle"]:
                    del _loaded[old]
            jobs = _unpickle(ref, storages) if ref.kind == "pickle" else _attributes(_import(_here(ref)), ref)
            _loaded[ref] = jobs
        return jobs


def remember(ref: JobRef, jobs: list[Job]) -> None:
    """Jobs that this process has already: a task that names them gets these."""
    with _lock:
        _loaded[ref] = jobs


def is_loading() -> bool:
    """Whether a job's code is being loaded in this thread, rather than run as a script."""
    return getattr(_loading, "now", False)


def driver_path() -> tuple[str, ...]:
    """This process's import path, for workers of the same machine and for bundles."""
    return tuple(str(Path(entry).absolute()) for entry in sys.path)


def load_job(spec: str, choice: str | None = None) -> JobSource:
    """The jobs of ``file.py``, ``file.py:name``, ``package.module`` or ``package.module:name``.

    :param choice: which of several, by its module-level name.
    :raises JobError: no such file, a syntax error in it, no job, or several and no choice.
    """
    target, _, named = spec.partition(":") if not Path(spec).is_file() else (spec, "", "")
    is_file = target.endswith(".py") or Path(target).is_file() or not _is_module_name(target)
    ref = _file_ref(target) if is_file else JobRef("module", target)
    module = _import(ref)
    attribute = named or choice or _only(module, target)
    found = getattr(module, attribute, None)
    if found is None or not jobs_of(found):
        known = ", ".join(_candidates(module)) or "none"
        raise JobError(f"there is no job {attribute!r} in {target}; jobs there: {known}")
    jobs = jobs_of(found)
    ref = JobRef(ref.kind, ref.name, ref.root, attribute, ref.digest)
    remember(ref, jobs)
    driver = found if hasattr(found, "main") else None
    return JobSource(
        jobs, ref, driver_path(), dict(getattr(driver, "options", {})), dict(getattr(driver, "params", {}))
    )


def jobs_of(found: Any) -> list[Job]:
    """The jobs behind a Job, a list of them or a Driver; empty for anything else."""
    if isinstance(found, Job):
        return [found]
    found = getattr(found, "jobs", found)
    if isinstance(found, list | tuple) and found and all(isinstance(job, Job) for job in found):
        return list(found)
    return []


def _here(ref: JobRef) -> JobRef:
    """The same where a bundle was unpacked, and the driver's directories are not."""
    root = os.environ.get(CODE_ROOT)
    return msgspec.structs.replace(ref, root=root) if root else ref


def _is_module_name(target: str) -> bool:
    return all(part.isidentifier() for part in target.split("."))


def _file_ref(target: str) -> JobRef:
    path = Path(target).absolute()
    if not is_utf8(str(path)):
        raise JobError(f"the job file {str(path)!r} has a name that is not UTF-8: rename it")
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        raise JobError(f"there is no job file {target}: name a Python file, or a module such as package.job") from None
    except OSError as error:
        raise JobError(f"the job file {target} can't be read: {reason_of(error)}") from error
    return JobRef("file", path.name, str(path.parent), "", digest)


def _import(ref: JobRef) -> ModuleType:
    root = ref.root or str(Path.cwd())
    if root not in sys.path:
        sys.path.insert(0, root)
    _loading.now = True
    try:
        return importlib.import_module(ref.name) if ref.kind == "module" else _import_file(ref)
    except SyntaxError as error:
        where = f"{error.filename or ref.name}, line {error.lineno}" if error.lineno else ref.name
        raise JobError(f"{where}: {error.msg}; the job can't be loaded") from error
    except SystemExit as error:
        raise JobError(
            f"the job {ref.name} can't be loaded: it calls sys.exit() meanwhile; put that under "
            'if __name__ == "__main__":'
        ) from error
    except JobError as error:
        if place := _place_of(error, root):
            error.add_note(f"it comes from {place}")
        raise
    except ModuleNotFoundError as error:
        if ref.kind == "module" and error.name and f"{ref.name}.".startswith(f"{error.name}."):
            raise JobError(
                f"there is no module {ref.name} to load a job from, nor a file of that name: name a Python file, or a "
                "module below the current directory or on PYTHONPATH"
            ) from error
        raise JobError(f"the job {ref.name} can't be loaded: {error}; install what it imports") from error
    except Exception as error:
        places = [place] if (place := _place_of(error, root)) else []
        what = ": ".join([*places, type(error).__name__, str(error)])
        raise JobError(f"the job {ref.name} can't be loaded: {what}") from error
    finally:
        _loading.now = False


def _place_of(error: BaseException, root: str) -> str:
    """Where the user's own code was when an error came; empty when none of it was on the way."""
    places = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    own = [place for place in places if Path(place[0]).is_relative_to(root) and "site-packages" not in place[0]]
    return "{}, line {}".format(*own[-1]) if own else ""


def _import_file(ref: JobRef) -> ModuleType:
    path = Path(ref.root, ref.name)
    name = f"corral_job_{hashlib.sha256(f'{path}:{ref.digest}'.encode()).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    source = _source(path, ref)
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module
    try:
        exec(compile(source, str(path), "exec", dont_inherit=True), module.__dict__)  # noqa: S102  (running the job is what we are for)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _source(path: Path, ref: JobRef) -> bytes:
    try:
        source = path.read_bytes()
    except FileNotFoundError:
        raise JobError(
            f"there is no job file {path} on this worker: it was removed since the run began, or the worker is on a "
            "machine that does not see it"
        ) from None
    if hashlib.sha256(source).hexdigest() != ref.digest:
        raise JobError(f"the job file {path} has changed since the run began; run it again")
    return source


def _attributes(module: ModuleType, ref: JobRef) -> list[Job]:
    jobs = [job for name in ref.attribute.split(",") for job in jobs_of(getattr(module, name, None))]
    if not jobs:
        raise JobError(
            f"there is no job {ref.attribute!r} in {ref.name} when a worker loads it: let its name depend on "
            "nothing that differs there"
        )
    return jobs


def _unpickle(ref: JobRef, storages: Mapping[str, str] | None) -> list[Job]:
    import pickle

    from corral_core.storage.resolve import storage_for

    with storage_for(ref.name, storages).open(ref.name) as stream:
        data = stream.read()
    if hashlib.sha256(data).hexdigest() != ref.digest:
        raise JobError(
            f"the pickled job {ref.name} is not what the driver wrote: another program works there too; run it again"
        )
    try:
        jobs: list[Job] = pickle.loads(data)  # noqa: S301  (the driver wrote it: its digest came with the task)
    except Exception as error:
        raise JobError(
            f"the job can't be unpickled on this worker: {type(error).__name__}: {error}; what it needs must be "
            "there too"
        ) from error
    return jobs


def _candidates(module: ModuleType) -> dict[str, list[Job]]:
    return {name: jobs for name, value in vars(module).items() if not name.startswith("_") and (jobs := jobs_of(value))}


def _only(module: ModuleType, target: str) -> str:
    """The one name to run: a Driver's, else ``jobs``, else the only job's."""
    found = _candidates(module)
    drivers = [name for name in found if hasattr(getattr(module, name), "main")]
    for names in (drivers, ["jobs"] if "jobs" in found else [], _different(found)):
        if len(names) == 1:
            return names[0]
        if names:
            raise JobError(f"{target} holds several jobs, {', '.join(names)}: choose one with --job NAME")
    raise JobError(f"there is no job in {target}: give it a module-level name, such as job = Job(mapper, reducer)")


def _different(found: dict[str, list[Job]]) -> list[str]:
    seen: dict[tuple[int, ...], str] = {}
    for name, jobs in found.items():
        seen.setdefault(tuple(map(id, jobs)), name)
    return list(seen.values())
