"""The source that Google builds: the core's bundle, with this plugin's handler and a ``main.py`` in it.

The build installs one package, Google's framework, which ``requirements.txt`` names: everything else is in the bundle
already, in the versions that the driver resolved.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from corral_core.bundle.api import Target
from corral_core.bundle.build import build

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from corral_core.executor import Bundle

__all__ = ["Code", "archive", "target"]

_OWN = ("__init__.py", "handler.py", "quotas.py")
"""What the handler imports of this package."""

_REQUIREMENTS = b"functions-framework==3.*\n"

_GLIBC = 35
"""Of Ubuntu 22.04, the base of the runtimes of Python 3.11 and later."""


@dataclass(frozen=True)
class Code:
    """The source of a function."""

    path: Path
    """A zip file, in the cache of bundles."""
    digest: str
    """The bundle's own, in hexadecimal."""


def target(python: str) -> Target:
    """What the bundle is made for."""
    packages = ("aiohttp",)  # what gs:// needs within Google's cloud: no credentials are looked for there
    return Target(python=python, glibc=_GLIBC, name="Cloud Functions", packages=packages)


def archive(bundle: Bundle, python: str, include: Sequence[str], requirements: str | None) -> Code:
    """:raises UsageError: when something is missing, or has no wheel for Google's machines."""
    extra = {f"corral_gcf/{name}": files("corral_gcf").joinpath(name).read_bytes() for name in _OWN}
    extra["main.py"] = files("corral_gcf").joinpath("entry.py").read_bytes()
    extra["requirements.txt"] = _REQUIREMENTS
    made = build(bundle, target(python), include=include, requirements=requirements, extra=extra)
    return Code(made.path, made.digest)
