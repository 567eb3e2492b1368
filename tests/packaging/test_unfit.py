"""Plugins that don't fit this corral-core, from wheels: each is refused with the reason, and breaks no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.packaging.conftest import Environment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "corral-{name}"
version = "1.0"
dependencies = ["corral-core{versions}"]

[project.entry-points.corral]
{name} = "corral_{name}"

[tool.hatch.build.targets.wheel]
include = ["corral_{name}.py"]
"""

SOUND = """
from corral_core.executors.inline import InlineExecutor
from corral_core.plugins import hookimpl

class Unfit(InlineExecutor):
    name = "{name}"

@hookimpl
def corral_executors():
    return [Unfit]
"""

ABSTRACT = """
from corral_core.executor import Executor
from corral_core.plugins import hookimpl

class Unfit(Executor):
    name = "{name}"

@hookimpl
def corral_executors():
    return [Unfit]
"""

UNFIT = {
    "older": (
        "<0.1",
        "import no_such_module",
        "corral-older 1.0 is made for corral-core<0.1, and this is 0.1.0: upgrade",
    ),
    "newer": (">=0.2,<0.3", SOUND, "corral-newer 1.0 is made for corral-core<0.3,>=0.2, and this is 0.1.0: upgrade"),
    "abstract": ("", ABSTRACT, "corral_abstract.Unfit lacks close, from_settings, open, submit, which corral_core."),
    "nameless": ("", SOUND.replace("{name}", ""), "corral_executors: corral_nameless.Unfit has no name"),
    "nothing": ("", SOUND.replace("[Unfit]", "None"), "corral_executors: TypeError: a hook answers a list, not None"),
    "misfit": ("", SOUND + "\nUnfit.submit = lambda self: 0", "Unfit.submit takes (self), and is called with (self, "),
}
"""By name: the versions that it asks for, its code, and why it is refused."""


@pytest.fixture(scope="module")
def site(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where they are installed, beside the environment's own packages."""
    base = tmp_path_factory.mktemp("unfit")
    for name, (versions, code, _) in UNFIT.items():
        folder = base / name
        folder.mkdir()
        (folder / "pyproject.toml").write_text(PYPROJECT.format(name=name, versions=versions))
        (folder / f"corral_{name}.py").write_text(code.replace("{name}", name))
    wheels = environment.wheels(base / "dist", *(base / name for name in UNFIT))
    environment.pip("install", "--no-deps", "--target", base / "site", *wheels)
    return base / "site"


@pytest.mark.parametrize("name", UNFIT)
def test_it_is_listed_as_broken_with_the_reason(environment: Environment, site: Path, name: str) -> None:
    done = environment.call("corral", "plugins", PYTHONPATH=str(site))
    assert (done.returncode, done.stderr) == (0, "")
    assert "  executors: threads" in done.stdout
    row = next(row for row in done.stdout.splitlines() if row.startswith(f"{name} (corral-{name} 1.0) is broken: "))
    assert UNFIT[name][2] in row


@pytest.mark.parametrize("name", UNFIT)
def test_asking_for_it_says_the_same(environment: Environment, site: Path, name: str) -> None:
    job = environment.home / "job.py"
    job.write_text("from corral_core import Job\njob = Job(lambda key, value: [(value, 1)])\n")
    done = environment.call("corral", job, job, "--executor", name, PYTHONPATH=str(site))
    assert done.returncode == 2
    assert (
        f"executor '{name}' can't be used because its plugin {name} (corral-{name} 1.0) failed to load" in done.stderr
    )
    assert UNFIT[name][2] in done.stderr
    assert done.stderr.count("\n") == 1
