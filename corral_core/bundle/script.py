"""The dependencies that a job's file declares about itself: a block of comments that holds TOML (PEP 723).

::

    # /// script
    # requires-python = ">=3.11"
    # dependencies = ["rich", "requests>=2.32"]
    # ///
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from corral_core.errors import JobError

if TYPE_CHECKING:
    from corral_core.bundle.api import Target

__all__ = ["declared"]

_OPEN, _CLOSE = "# /// script", "# ///"
_ANY_PATCH = (0, 999)
"""A target says no patch version: a bound on it holds if any patch version meets it."""


def declared(source: str, name: str, target: Target) -> list[str]:
    """The dependencies of a job's file; none when it has no block.

    :param name: the file's, for messages.
    :raises JobError: when the block can't be read, or asks for another Python than the target's.
    """
    block = _block(source.splitlines(), name)
    if block is None:
        return []
    try:
        table = tomllib.loads(block)
    except tomllib.TOMLDecodeError as error:
        raise JobError(f"the block '{_OPEN}' of {name} is no TOML: {error}") from error
    _check_python(table.get("requires-python", ""), name, target)
    return _checked(table.get("dependencies", []), name)


def _block(lines: list[str], name: str) -> str | None:
    starts = [number for number, line in enumerate(lines) if line.rstrip() == _OPEN]
    if not starts:
        return None
    if len(starts) > 1:
        raise JobError(
            f"{name} has {len(starts)} blocks '{_OPEN}', in lines {starts[0] + 1} and {starts[1] + 1}: keep one"
        )
    inside: list[str] = []
    for line in lines[starts[0] + 1 :]:
        if not (line == "#" or line.startswith("# ")):
            break
        inside.append(line[2:])
    if _CLOSE[2:] not in inside:
        raise JobError(f"the block '{_OPEN}' of {name} is not closed: end it with the line '{_CLOSE}'")
    # The last line that closes counts (PEP 723): TOML may hold one.
    end = len(inside) - inside[::-1].index(_CLOSE[2:]) - 1
    return "\n".join(inside[:end])


def _check_python(wanted: object, name: str, target: Target) -> None:
    try:
        versions = SpecifierSet(wanted if isinstance(wanted, str) else repr(wanted))
    except InvalidSpecifier as error:
        raise JobError(
            f"requires-python in {name} is {wanted!r}, which is no version specifier such as >=3.11"
        ) from error
    if not any(versions.contains(f"{target.python}.{patch}") for patch in _ANY_PATCH):
        raise JobError(f"{name} requires Python {versions}, and it would run on {target}: choose another Python")


def _checked(dependencies: object, name: str) -> list[str]:
    if not isinstance(dependencies, list):
        raise JobError(f"dependencies in {name} are a list of texts, not {dependencies!r}")
    for dependency in dependencies:
        try:
            Requirement(dependency)
        except (InvalidRequirement, TypeError) as error:
            raise JobError(
                f"{name} has the dependency {dependency!r}, which is none (such as 'rich>=13'): {error}"
            ) from error
    return dependencies
