"""Whether a function may read and write where a run works, asked before its first task."""

from __future__ import annotations

from corral_core.storage.resolve import storage_for

__all__ = ["probe_file", "probed"]


def probe_file(work: str) -> str:
    """Write a file for a function to read, in the driver; its path."""
    storage = storage_for(work)
    path = storage.join(work, "probe")
    with storage.create(path) as stream:
        stream.write(b"?")
    return path


def probed(path: str) -> str:
    """Read it and write beside it, in the function; why it can't, or nothing."""
    storage = storage_for(path)
    try:
        with storage.open(path, 0, 1) as stream:
            stream.read()
        with storage.create(f"{path}-answer") as answer:
            answer.write(b"!")
    except OSError as error:
        return f"{type(error).__name__}: {error}"
    return ""
