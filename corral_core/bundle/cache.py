"""Where bundles and their parts are kept for the next run: ``$XDG_CACHE_HOME/corral/bundles``, or ``~/.cache``."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from corral_core.errors import UsageError, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Cache"]

_KEPT = 12
"""Files of one kind that stay; those that were not used for longest go. Some megabytes each."""


class Cache:
    """Files by kind and name, which appear whole. Several processes may use it at once.

    :raises UsageError: when it can't be written.
    """

    def __init__(self) -> None:
        try:
            base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
            self._directory = base / "corral" / "bundles"
            self._directory.mkdir(parents=True, exist_ok=True)
        except (OSError, RuntimeError) as error:
            raise _unwritable(error) from error

    def find(self, name: str) -> Path | None:
        """A file that is there, which counts as used."""
        path = self._directory / name
        try:
            os.utime(path)
        except FileNotFoundError:
            return None
        except OSError:  # somebody else's, and readable all the same
            pass
        return path

    @contextmanager
    def write(self, name: str) -> Iterator[Path]:
        """A path to write to, whose file gets its name when the block ends well."""
        target = self._directory / name
        try:
            handle, scratch = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=self._directory)
            os.close(handle)
        except OSError as error:
            raise _unwritable(error) from error
        try:
            yield Path(scratch)
            Path(scratch).replace(target)
        except BaseException:
            Path(scratch).unlink(missing_ok=True)
            raise
        self._forget(target.suffix)

    def _forget(self, suffix: str) -> None:
        by_age = sorted(self._directory.glob(f"[!.]*{suffix}"), key=lambda path: -path.stat().st_mtime_ns)
        for path in by_age[_KEPT:]:
            path.unlink(missing_ok=True)


def _unwritable(error: Exception) -> UsageError:
    reason = reason_of(error) if isinstance(error, OSError) else str(error)
    return UsageError(f"bundles can't be kept in a cache: {reason}; name a directory for it in XDG_CACHE_HOME")
