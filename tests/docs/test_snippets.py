"""What the documents show works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.docs.conftest import PAGES, ROOT, blocks

if TYPE_CHECKING:
    from pathlib import Path

    from tests.docs.conftest import Workspace

RUN = {"python", "console"}
"""Languages of blocks that run."""
SHOWN = {"text", "toml", "yaml", "json"}
"""Languages of blocks that only show something."""
INSTALL = {"sh"}
"""Commands that install or set up: the Makefile's and pip's, which other tests and CI run."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_snippets_run_from_top_to_bottom(page: Path, workspace: Workspace) -> None:
    for block in blocks(page):
        assert block.language in RUN | SHOWN | INSTALL, f"{block} has no language that this test knows"
        workspace.run(block)
