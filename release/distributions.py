"""The distributions of this repository: the root's, and one in each folder of ``plugins/``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

__all__ = ["ROOT", "Distribution", "distributions"]

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Distribution:
    """One ``pyproject.toml`` and what belongs to it."""

    folder: Path
    project: dict[str, Any]
    """Its table ``project``."""
    package: str
    """The one that its wheel holds."""

    @property
    def name(self) -> str:
        """As an index spells it."""
        return str(self.project["name"])

    @property
    def version(self) -> str:
        """Of the next release."""
        return str(self.project["version"])

    @property
    def needs(self) -> set[str]:
        """The names of what it depends on."""
        found = (re.match(r"[\w.-]+", requirement) for requirement in self.project["dependencies"])
        return {name[0].lower() for name in found if name}


def distributions(root: Path = ROOT) -> list[Distribution]:
    """All of them, each behind those that it depends on."""
    found = [_read(path.parent) for path in [root / "pyproject.toml", *sorted(root.glob("plugins/*/pyproject.toml"))]]
    ours = {distribution.name: distribution for distribution in found}
    order = TopologicalSorter({name: one.needs & set(ours) for name, one in ours.items()})
    return [ours[name] for name in order.static_order()]


def _read(folder: Path) -> Distribution:
    table = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    (package,) = table["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    return Distribution(folder, table["project"], package)
