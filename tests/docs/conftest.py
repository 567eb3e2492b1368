"""Pages of Markdown, taken apart, and a way to run what they show."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import click
import pytest

from corral_core.cli.main import _COMMANDS
from corral_core.plugins import load

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md"), *ROOT.glob("plugins/*/*.md")]
)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INNER = re.compile(r"\(\w+\) \$ ")
"""The prompt of a shell that a command of the session has opened."""


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    language: str
    text: str
    line: int

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [Block(page, match[1], match[2], text.count("\n", 0, match.start()) + 2) for match in FENCE.finditer(text)]


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def table(page: Path, first: str) -> dict[str, list[str]]:
    """The rows of every table of a page whose first column is headed ``first``: cells by what the first cell quotes."""
    rows: dict[str, list[str]] = {}
    inside = False
    for line in prose(page).splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        inside = bool(cells) and (inside or cells[0] == first)
        if inside and cells[0].startswith("`"):
            name = cells[0].split("`")[1]
            assert name not in rows, f"{page.name} has {name} twice"
            rows[name] = cells[1:]
    return rows


def ours() -> set[str]:
    """The plugins of this repository, by the names that messages call them; others may be installed beside them."""
    files = [tomllib.loads(file.read_text("utf-8")) for file in ROOT.glob("plugins/*/pyproject.toml")]
    return {"corral-core", *(name for file in files for name in file["project"]["entry-points"]["corral"])}


def subcommands() -> dict[str, click.Command]:
    """The commands of the core and of our plugins by what follows ``corral``; a group as those that it has."""
    found = {name: getattr(import_module(f"corral_core.cli.{name}"), name) for name in _COMMANDS}
    plugins = load().commands
    found |= {name: command for name, command in plugins.items() if plugins.owner(name) in ours()}
    return {whole: leaf for name, command in found.items() for whole, leaf in _leaves(name, command)}


def _leaves(name: str, command: click.Command) -> list[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        return [(name, command)]
    return [leaf for part, below in command.commands.items() for leaf in _leaves(f"{name} {part}", below)]


class Workspace:
    """A directory in which a page's blocks run one after another, as a reader would run them.

    ``python`` whose first line is ``# name.py`` is that file; any other ``python`` runs as a program. In ``console``,
    lines after ``$`` run in a shell, whose directory lasts for the block; those after ``(name) $`` in a shell that the
    command before them opened. Lines without are what it must print.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        shutil.copytree(ROOT / "examples", path / "examples", ignore=shutil.ignore_patterns("__pycache__"))

    def run(self, block: Block) -> None:
        if block.language == "python":
            named = re.match(r"# (\w+\.py)\n", block.text)
            target = self.path / (named[1] if named else "snippet.py")
            target.write_text(block.text, encoding="utf-8")
            if not named:
                self._call([sys.executable, str(target)], block)
        elif block.language == "console":
            script, expected = typed_and_printed(block.text)
            printed = self._call(["bash", "-euo", "pipefail", "-c", script], block).splitlines()
            assert printed == expected or not expected, f"{block} prints something else"

    def _call(self, command: list[str], block: Block) -> str:
        scripts = sysconfig.get_path("scripts")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CORRAL_")}
        # What was fetched for one page is kept for the next, and a user's settings are not seen.
        environment.setdefault("XDG_CACHE_HOME", str(Path.home() / ".cache"))
        environment |= {"PATH": f"{scripts}{os.pathsep}{environment['PATH']}", "HOME": str(self.path)}
        done = subprocess.run(
            command, cwd=self.path, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, f"{block} fails:\n{done.stderr}"
        return done.stdout


def typed_and_printed(session: str) -> tuple[str, list[str]]:
    """A session as the script that types it, and the lines that it prints."""
    script: list[str] = []
    printed: list[str] = []
    inside = False
    for line in session.splitlines():
        inner = INNER.match(line)
        if inner and not inside:
            script[-1] += " <<'TYPED'"
            script.append("set -euo pipefail")
        if inside and not inner and line.startswith("$ "):
            script.append("TYPED")
        if inner:
            inside = True
            script.append(line[inner.end() :])
        elif line.startswith(("$ ", "> ")):
            inside = inside and line.startswith("> ")
            script.append(line[2:])
        else:
            printed.append(line)
    return "\n".join([*script, "TYPED"] if inside else script), printed


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)
