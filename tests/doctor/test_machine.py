from __future__ import annotations

import resource
import shutil
from typing import TYPE_CHECKING

import pytest

from corral_core.doctor.machine import available_memory, machine, memory_finding, spill_findings

if TYPE_CHECKING:
    from pathlib import Path

GIB = 2**30


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    """``proc`` and ``cgroup`` of a process in the group /a/b, on a machine with 8 GiB free."""
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "meminfo").write_text(f"MemTotal: 1 kB\nMemAvailable: {8 * 2**20} kB\n")
    (tmp_path / "proc" / "self" / "cgroup").write_text("0::/a/b\n")
    (tmp_path / "cgroup" / "a" / "b").mkdir(parents=True)
    return tmp_path


def limit(group: Path, most: str, used: int, cached: int = 0) -> None:
    (group / "memory.max").write_text(f"{most}\n")
    (group / "memory.current").write_text(f"{used}\n")
    (group / "memory.stat").write_text(f"anon 1\ninactive_file {cached}\n")


def available(kernel: Path) -> int | None:
    return available_memory(kernel / "proc", kernel / "cgroup")


def test_without_limits_memory_is_what_the_kernel_has(kernel: Path) -> None:
    assert available(kernel) == 8 * GIB
    limit(kernel / "cgroup" / "a", "max", 1)
    assert available(kernel) == 8 * GIB


@pytest.mark.parametrize("group", ["", "a", "a/b"])
def test_the_limit_of_any_group_above_counts(kernel: Path, group: str) -> None:
    limit(kernel / "cgroup" / group, str(3 * GIB), GIB)
    assert available(kernel) == 2 * GIB


def test_cached_files_of_a_group_make_room(kernel: Path) -> None:
    limit(kernel / "cgroup" / "a", str(3 * GIB), 2 * GIB, cached=GIB)
    assert available(kernel) == 2 * GIB


def test_limits_of_cgroups_version_1_count(kernel: Path) -> None:
    group = kernel / "cgroup" / "memory"
    group.mkdir()
    (group / "memory.limit_in_bytes").write_text(str(2 * GIB))
    (group / "memory.usage_in_bytes").write_text(str(GIB))
    (group / "memory.stat").write_text("total_inactive_file 0\n")
    assert available(kernel) == GIB


def test_a_system_that_does_not_tell_is_not_asked(tmp_path: Path) -> None:
    assert available_memory(tmp_path, tmp_path) is None


def test_memory_must_be_enough_for_all_tasks_at_once() -> None:
    well = memory_finding(4 * GIB, GIB, 4)
    assert (well.state, well.remedy) == ("ok", "")
    short = memory_finding(3 * GIB, GIB, 4)
    assert (short.state, short.remedy) == ("warning", "--task-memory 768MiB, or fewer workers at once")
    assert short.detail == "3.0 GiB free; 4 at once with a taskMemory of 1 GiB take up to 4.0 GiB"


def test_a_spill_directory_must_be_a_directory_with_room(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    (little,) = spill_findings(str(tmp_path), free + GIB)
    assert little.state == "warning"
    assert "--spill-directory" in little.remedy
    (far_less,) = spill_findings(str(tmp_path), 100 * free)
    assert far_less.state == "failed"
    (missing,) = spill_findings(str(tmp_path / "none"), 1)
    assert (missing.state, missing.detail) == ("failed", f"{tmp_path / 'none'} is no directory")


def test_tasks_that_run_elsewhere_ask_nothing_of_memory_and_disk() -> None:
    assert [finding.what for finding in machine("/nowhere", GIB, 0)] == ["open files"]


def test_a_low_limit_of_open_files_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 256))
    (finding,) = machine(None, GIB, 0)
    assert (finding.state, finding.remedy) == ("warning", "ulimit -n 1024")
