from __future__ import annotations

import platform

import pytest

from corral_core.doctor.installation import installation, plugin_findings
from corral_core.plugins import BrokenPlugin, LoadedPlugin, Plugins


def test_corral_and_python_are_named_by_their_versions() -> None:
    finding = installation()
    assert finding.state == "ok"
    assert f"Python {platform.python_version()}" in finding.detail


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        ("ModuleNotFoundError: No module named 'corral_barn.hay'", "pip install --force-reinstall corral-barn"),
        ("ModuleNotFoundError: No module named 'hay'", "it needs hay: pip install --force-reinstall corral-barn"),
        ("ImportError: cannot import\nname 'Hook'", "pip install --upgrade corral-barn, or leave it out"),
    ],
    ids=["its own module", "another module", "another reason"],
)
def test_a_broken_plugin_is_told_with_its_reason_and_what_may_help(reason: str, remedy: str) -> None:
    plugins = Plugins()
    plugins.loaded.append(LoadedPlugin("farm", "corral-farm 1.2"))
    plugins.broken.append(BrokenPlugin("barn", "corral-barn 3.0", reason))
    loaded, broken = plugin_findings(plugins)
    assert (loaded.state, loaded.detail) == ("ok", "farm (corral-farm 1.2)")
    assert (broken.what, broken.state) == ("plugin barn", "failed")
    assert broken.detail == f"corral-barn 3.0 can't be used: {' '.join(reason.split())}"
    assert remedy in broken.remedy
