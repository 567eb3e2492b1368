"""What the documents show works."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.conftest import PAGES, ROOT, blocks, typed_and_printed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.docs.conftest import Workspace

RUN = {"python", "console"}
"""Languages of blocks that run."""
SHOWN = {"text", "toml", "yaml", "json", "go"}
"""Languages of blocks that only show something."""
CHECKED = {"sh"}
"""Commands that install, or that need an account: test_commands.py looks whether there are such."""


def _page(page: Path) -> object:
    # A page that starts a cloud of its own takes longer than the rest.
    servers = any(re.search(r"\bLocal(Aws|Gcp)\b", block.text) for block in blocks(page))
    marks = [pytest.mark.servers, pytest.mark.timeout(400)] if servers else []
    return pytest.param(page, marks=marks, id=str(page.relative_to(ROOT)))


@pytest.mark.parametrize("page", [_page(page) for page in PAGES])
def test_snippets_run_from_top_to_bottom(page: Path, workspace: Workspace) -> None:
    for block in blocks(page):
        assert block.language in RUN | SHOWN | CHECKED, f"{block} has no language that this test knows"
        workspace.run(block)


def test_what_is_typed_in_an_inner_shell_is_its_input() -> None:
    session = "$ cd here\n$ bash\n(inner) $ echo a\na\n(inner) $ echo b\nb\n$ echo c\nc\n"
    script, printed = typed_and_printed(session)
    assert script == "cd here\nbash <<'TYPED'\nset -euo pipefail\necho a\necho b\nTYPED\necho c"
    assert printed == ["a", "b", "c"]
