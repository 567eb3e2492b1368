"""What a doctor is told of local workers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from corral_local_process.cores import available_cores
from corral_local_process.executor import LocalProcessExecutor

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from corral_core.diagnosis import Finding


def found(workers: int | None = None) -> dict[str, Finding]:
    return {finding.what: finding for finding in LocalProcessExecutor(workers).diagnose()}


def test_a_worker_for_each_core_is_well_and_one_starts() -> None:
    assert {what: finding.state for what, finding in found().items()} == {"workers": "ok", "start": "ok"}


def test_far_more_workers_than_cores_are_told() -> None:
    finding = found(10 * available_cores())["workers"]
    assert finding.state == "warning"
    assert f"--local-workers {available_cores()}" in finding.remedy


def test_an_interpreter_that_cannot_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for executable, why in (("", "sys.executable is empty"), (str(tmp_path / "none"), "No such file")):
        monkeypatch.setattr(sys, "executable", executable)
        finding = found()["start"]
        assert finding.state == "failed"
        assert why in finding.detail
        assert finding.remedy == "--executor inline needs none"


def test_a_worker_that_ends_in_its_imports_is_told_with_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "corral_local_process.py").write_text("raise RuntimeError('another module of this name')")
    monkeypatch.syspath_prepend(tmp_path)
    finding = found()["start"]
    assert finding.state == "failed"
    assert "another module of this name" in finding.detail
