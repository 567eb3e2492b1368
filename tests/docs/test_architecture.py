"""The picture and the drawing of a record's way are true."""

from __future__ import annotations

import re
import tomllib
from xml.etree import ElementTree as ET

from tests.docs.conftest import ROOT, blocks

MODULE = re.compile(
    r"\b((?:cli|engine|executors|formats|settings|storage)/\w+\.py|(?:executor|tasks|worker|job)\.py)\b"
)


PAGE = ROOT / "docs" / "explanation" / "architecture.md"
PICTURE = ROOT / "docs" / "images" / "architecture.svg"
SVG = "{http://www.w3.org/2000/svg}"


def missing(text: str) -> set[str]:
    """Modules that a text names and that are not there."""
    return {name for name in MODULE.findall(text) if not (ROOT / "corral_core" / name).exists()}


def test_every_module_in_the_drawing_exists() -> None:
    drawing = next(block.text for block in blocks(PAGE) if "output-0" in block.text and block.language == "text")
    assert len(set(MODULE.findall(drawing))) > 10
    assert missing(drawing) == set()


def test_every_module_named_in_the_text_exists() -> None:
    assert missing(PAGE.read_text(encoding="utf-8")) == set()


def test_the_layers_are_those_that_imports_are_held_to() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = project["tool"]["importlinter"]["contracts"][0]
    listed = next(block.text for block in blocks(PAGE) if block.text.startswith("__main__"))
    names = [re.split(r"\s{2,}", line)[0] for line in listed.splitlines()]
    assert names == [layer.replace(" | ", ", ") for layer in contract["layers"]]
    assert len(contract["ignore_imports"]) == 3, "the page tells of three"


def test_the_picture_says_in_words_what_it_shows() -> None:
    picture = ET.parse(PICTURE).getroot()  # noqa: S314  (a file of our own)
    title, desc = picture.find(f"{SVG}title"), picture.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert picture.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert len((desc.text or "").split()) > 20


def test_the_picture_loads_nothing_from_elsewhere() -> None:
    text = PICTURE.read_text(encoding="utf-8").replace(SVG.strip("{}"), "")
    assert "http" not in text
    assert "href" not in text
