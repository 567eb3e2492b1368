"""The drawing of a record's way is true."""

from __future__ import annotations

import re

from tests.docs.conftest import ROOT, Block, blocks

MODULE = re.compile(
    r"\b((?:cli|engine|executors|formats|settings|storage)/\w+\.py|(?:executor|tasks|worker|job)\.py)\b"
)


def drawing(page: str) -> Block:
    """The page's block that ends at an output."""
    return next(block for block in blocks(ROOT / page) if "output-0" in block.text and block.language == "text")


def test_the_readme_and_the_architecture_page_have_one_drawing() -> None:
    assert drawing("README.md").text == drawing("docs/explanation/architecture.md").text


def test_every_module_in_the_drawing_exists() -> None:
    named = set(MODULE.findall(drawing("README.md").text))
    assert len(named) > 10
    assert {name for name in named if not (ROOT / "corral_core" / name).exists()} == set()


def test_every_module_named_in_the_text_exists() -> None:
    text = (ROOT / "docs/explanation/architecture.md").read_text(encoding="utf-8")
    assert {name for name in MODULE.findall(text) if not (ROOT / "corral_core" / name).exists()} == set()
