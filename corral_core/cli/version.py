"""``corral --version``: what is installed here. Asks the metadata alone, since importing plugins would take longer."""

from __future__ import annotations

import os
import sys
from importlib.metadata import entry_points, version
from importlib.util import find_spec

__all__ = ["version_text"]


def version_text() -> str:
    """corral, its plugins, Python and the system, a line each. A plugin whose package is gone is marked; why others may
    be broken, ``corral plugins`` says."""
    lines = [f"corral-core {version('corral-core')}"]
    for entry in sorted(entry_points(group="corral"), key=lambda entry: entry.name):
        name = f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.name
        package = entry.module.partition(".")[0]
        lines.append(name if find_spec(package) else f"{name} (broken: no package {package}; see corral plugins)")
    system = os.uname()
    return "\n".join(
        [*lines, f"Python {sys.version.split()[0]}", f"{system.sysname} {system.release} {system.machine}"]
    )
