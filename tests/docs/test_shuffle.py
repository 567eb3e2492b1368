"""The numbers of docs/explanation/shuffle.md are those in the code."""

from __future__ import annotations

import re
from importlib import import_module

from corral_core.engine.fetch import BLOCK_MEMORY
from corral_core.settings.core import CoreSettings
from tests.docs.conftest import ROOT

PAGE = (ROOT / "docs" / "explanation" / "shuffle.md").read_text("utf-8")
ROWS = re.findall(r"^\| .* \| (\d+)(?: bytes)? \| `([\w.]+)\.(\w+)` \|$", PAGE, re.MULTILINE)


def test_each_number_is_the_constant_beside_it() -> None:
    assert len(ROWS) == len(PAGE.partition("| what | value |")[2].partition("\n\n")[0].splitlines()) - 2
    assert [getattr(import_module(f"corral_core.{module}"), name) for _, module, name in ROWS] == [
        int(value) for value, _, _ in ROWS
    ]


def test_so_many_segments_are_merged_at_once() -> None:
    assert f"merges {CoreSettings().task_memory // 2 // BLOCK_MEMORY} large segments at once" in PAGE
