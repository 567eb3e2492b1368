from __future__ import annotations

from pathlib import Path

from corral_core.remote.probing import probe_file, probed


def test_a_function_that_may_work_there_says_nothing(tmp_path: Path) -> None:
    path = probe_file(str(tmp_path))
    assert probed(path) == ""
    assert Path(f"{path}-answer").exists()


def test_one_that_may_not_says_why(tmp_path: Path) -> None:
    assert probed(str(tmp_path / "missing")).startswith("FileNotFoundError")
    (tmp_path / "probe").write_bytes(b"?")
    (tmp_path / "probe-answer").mkdir()
    assert "probe-answer" in probed(str(tmp_path / "probe"))
