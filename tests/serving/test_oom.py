"""The kernel's count of processes that it killed for want of memory, as a file of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corral_core.serving.oom import OutOfMemoryKills

if TYPE_CHECKING:
    from pathlib import Path


def test_each_kill_explains_one_death(tmp_path: Path) -> None:
    counts = tmp_path / "vmstat"
    counts.write_text("nr_free_pages 7\noom_kill 3\nballoon_inflate 0\n")
    kills = OutOfMemoryKills(counts)
    assert not kills.explains_one(), "those before are nobody's"
    counts.write_text("oom_kill 5\n")
    assert [kills.explains_one() for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize("content", [None, b"nr_free_pages 7\n", b"\xff"], ids=repr)
def test_a_system_that_does_not_count_explains_none(tmp_path: Path, content: bytes | None) -> None:
    counts = tmp_path / "vmstat"
    if content is not None:
        counts.write_bytes(content)
    assert not OutOfMemoryKills(counts).explains_one()
