"""Whether the kernel killed a worker for want of memory: it sends SIGKILL, as anybody may, and counts."""

from __future__ import annotations

from pathlib import Path

__all__ = ["OutOfMemoryKills"]

_COUNTS = Path("/proc/vmstat")


class OutOfMemoryKills:
    """Those since it was made, of any process: the kernel says how many and not whom.

    :param counts: a file with a line ``oom_kill N`` (Linux from 4.13 on); without it there never are any.
    """

    def __init__(self, counts: Path = _COUNTS) -> None:
        self._counts = counts
        self._explained = self._count()

    def explains_one(self) -> bool:
        """Whether there has been one that stands for no other death yet; it stands for this one from now on."""
        more = self._count() > self._explained
        self._explained += more
        return more

    def _count(self) -> int:
        try:
            lines = self._counts.read_text("ascii").splitlines()
        except (OSError, UnicodeDecodeError):
            return 0
        return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
