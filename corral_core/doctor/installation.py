"""Python, corral, and the plugins that are installed."""

from __future__ import annotations

import platform
import re
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

from corral_core.diagnosis import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_core.plugins import BrokenPlugin, Plugins

__all__ = ["installation", "plugin_findings"]

_MISSING = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")


def installation() -> Finding:
    """What runs here."""
    return Finding(
        "corral",
        "ok",
        f"{version('corral-core')} on Python {platform.python_version()} ({sys.executable}), {platform.platform()}",
    )


def plugin_findings(plugins: Plugins) -> Iterator[Finding]:
    """Those that work in one finding; each broken one with what may help."""
    loaded = ", ".join(f"{plugin.name} ({plugin.distribution})" for plugin in plugins.loaded)
    yield Finding("plugins", "ok", loaded or "none but the built-in ones")
    for broken in plugins.broken:
        reason = " ".join(broken.reason.split())
        yield Finding(
            f"plugin {broken.name}", "failed", f"{broken.distribution} can't be used: {reason}", _remedy(broken)
        )


def _remedy(broken: BrokenPlugin) -> str:
    package = broken.distribution.partition(" ")[0]
    again = f"pip install --force-reinstall {package}"
    missing = _MISSING.search(broken.reason)
    if missing and missing[1].partition(".")[0] == package.replace("-", "_"):
        return again
    if missing:
        return f"it needs {missing[1]}: {again}"
    return f"pip install --upgrade {package}, or leave it out: pip uninstall {package}"
