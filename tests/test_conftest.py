from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from tests.conftest import forgetting

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_only_modules_of_a_tests_own_folder_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin that a test is the first to import stays the one that the process has loaded."""
    for name in ("mine/own.py", "mine/spread/part.py", "theirs/others.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "mine"), str(tmp_path / "theirs")])
    with forgetting(tmp_path / "mine"):
        others = import_module("others")
        import_module("own")
        import_module("spread.part")
    assert not {"own", "spread", "spread.part"} & set(sys.modules)
    assert sys.modules.pop("others") is others
