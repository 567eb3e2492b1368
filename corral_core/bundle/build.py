"""Puts a bundle together.

::

    job.py, its modules (engine/codefiles.py) ─────────────────────────────────┐
    --include (include.py), files of the place ────────────────────────────────┤
    corral_core without the driver (core.py) ──────────────┐                   ├──> bundle.zip (zipped.py)
    its dependencies, the place's, the job's               ├──> base (base.py) ┘
        (script.py, requirements.py)                       │    in the cache
        ──uv or pip (resolver.py)──> wheels (wheels.py) ───┤
    bytecode of both (bytecode.py) ────────────────────────┘

On a worker the archive's files lie in one directory, which is on ``sys.path`` and in ``CORRAL_CODE_ROOT``.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from corral_core.bundle import zipped
from corral_core.bundle.api import Archive, Entry, Target
from corral_core.bundle.base import base_for
from corral_core.bundle.cache import Cache
from corral_core.bundle.include import included
from corral_core.bundle.requirements import gather
from corral_core.bundle.script import declared
from corral_core.engine.codefiles import CodeFile, code_files
from corral_core.engine.loading import JobSource
from corral_core.errors import JobError, UsageError, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from corral_core.bundle.base import Base
    from corral_core.executor import Bundle
    from corral_core.tasks import JobRef

__all__ = ["build"]

_LARGEST = 5
"""How many parts to name when there are too many bytes."""


def build(
    bundle: Bundle,
    target: Target,
    *,
    include: Sequence[str] = (),
    requirements: str | None = None,
    extra: Mapping[str, bytes] | None = None,
) -> Archive:
    """The archive of a run's code, the same bytes for the same code.

    :param include: globs of more files, from the job's directory.
    :param requirements: a requirements file, in the place of what the job's file declares.
    :param extra: files of the place's own, such as the function that it calls, by name.
    :raises UsageError: when something is missing, has no wheel for the target, or is too large for it.
    """
    bundle.step(f"building the bundle for {target.name}")
    code = code_files(JobSource([], bundle.job, bundle.sys_path), bundle.pickle)
    more = included(include, Path(bundle.job.root or Path.cwd()), code)
    cache = Cache()
    jobs = [] if requirements else _declared(bundle.job, code, target)
    base = base_for(target, gather(target, jobs, requirements, bundle.packages), cache, bundle.step)
    own = _own_files(code, more, extra or {})
    _check(bundle.job, own, base)
    archive = _archive(own, base, target, cache)
    _check_size(archive, target)
    return archive


_Own = dict[str, tuple[str, bytes]]
"""Part and content by name."""


def _own_files(code: Iterable[CodeFile], more: Iterable[CodeFile], extra: Mapping[str, bytes]) -> _Own:
    own: _Own = {file.name: ("include", _content(file.path)) for file in more}
    own |= {file.name: ("job", _content(file.path)) for file in code}
    for name, data in extra.items():
        if name in own:
            raise JobError(f"the job has a file {name}, and so has the place that it runs at: rename the job's")
        own[name] = ("place", data)
    return own


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} can't be read for the bundle: {reason_of(error)}") from error


def _declared(job: JobRef, code: Iterable[CodeFile], target: Target) -> list[str]:
    """What the job's own file declares; a pickled job has none."""
    name = job.name if job.kind == "file" else job.name.replace(".", "/") + ".py"
    for file in code:
        if file.name in (name, name.removesuffix(".py") + "/__init__.py"):
            return declared(_content(file.path).decode("utf-8", "replace"), file.name, target)
    return []


def _check(job: JobRef, own: _Own, base: Base) -> None:
    for name in own:
        if name in base.files:
            raise JobError(f"the job has a file {name}, and so has {base.files[name][0]}: rename the job's")
    module = job.name.replace(".", "/")
    if job.kind == "module" and not any(
        name in files for name in (f"{module}.py", f"{module}/__init__.py") for files in (own, base.files)
    ):
        raise JobError(
            f"the job's module {job.name} belongs to an installed package that the bundle would not have: "
            "name the package in a file for --requirements"
        )


def _archive(own: _Own, base: Base, target: Target, cache: Cache) -> Archive:
    digests = {name: hashlib.sha256(data).hexdigest() for name, (_, data) in own.items()}
    digests |= {name: digest for name, (_, digest) in base.files.items()}
    lines = [f"{target.python} {target.architecture}", *(f"{digests[name]} {name}" for name in sorted(digests))]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    name = f"{digest}-{base.key[:16]}.zip"  # one digest may have several bytecodes
    path = cache.find(name)
    if path is None:
        with cache.write(name) as scratch:
            zipped.write(scratch, {name: data for name, (_, data) in own.items()}, base.path)
        return _archive(own, base, target, cache)
    parts = {name: part for name, (part, _) in (base.files | own).items()}
    entries = [Entry(name, _part(name, parts), *size) for name, size in zipped.sizes(path).items()]
    return Archive(path, digest, tuple(sorted(entries, key=lambda entry: entry.name)), path.stat().st_size)


def _part(name: str, parts: Mapping[str, str]) -> str:
    """The part of a file; bytecode belongs to its source's."""
    directory, _, file = name.rpartition("__pycache__/")
    return parts[directory + file.partition(".")[0] + ".py" if file and name not in parts else name]


def _check_size(archive: Archive, target: Target) -> None:
    for size, limit, how in (
        (archive.zipped, target.max_zipped, "zipped"),
        (archive.unpacked, target.max_unpacked, "unpacked"),
    ):
        if limit is not None and size > limit:
            largest = ", ".join(f"{part.name} ({_megabytes(part.size)})" for part in archive.parts[:_LARGEST])
            raise UsageError(
                f"the bundle is {_megabytes(size)} {how}, and {target.name} takes {_megabytes(limit)}: leave out what "
                f"its workers don't need; the largest parts, unpacked, are {largest}"
            )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
