"""What the repository says of its own tools."""

from __future__ import annotations

import configparser
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"([a-z0-9-]+)==\S+( ; .+)?")


def name_of(requirement: str) -> str:
    """A requirement's name as an index spells it."""
    found = re.match(r"[\w.-]+", requirement)
    assert found
    return re.sub(r"[._-]+", "-", found[0]).lower()


def test_constraints_pin_every_dependency_and_say_nothing_of_where_packages_come_from() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    pins = [PIN.fullmatch(line) for line in lines]
    assert all(pins)
    pinned = {pin[1] for pin in pins if pin}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = [entry for group in project["dependency-groups"].values() for entry in group if isinstance(entry, str)]
    wanted = {name_of(requirement) for requirement in [*project["project"]["dependencies"], *groups]}
    assert wanted <= pinned


def test_every_environment_of_tox_is_explained() -> None:
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    named = {section.partition(":")[2] for section in tox.sections() if section.startswith("testenv:")}
    rows = re.findall(r"^\| ((?:`[\w-]+`[^|]*)+) \|", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    explained = set(re.findall(r"`([\w-]+)`", " ".join(rows)))
    assert {name for name in explained if not name.startswith("py")} == named
