"""Whether a plugin's package asks for this version of corral-core.

Asked at every start, so the usual requirements, plain numbers with ``==``, ``>=``, ``<`` and their like, are understood
here in microseconds. packaging, which understands all (PEP 440 and 508), takes some 20 ms to import (two cores, 2026),
and is imported for the others.
"""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["refused_by"]

_CORE = re.compile(r"corral[-_.]core(?![\w.-])", re.IGNORECASE)
_PLAIN = re.compile(
    r"[\w.-]+\s*(?:\[[^\]]*\])?\s*(?P<clauses>(?:==|!=|<=|>=|<|>)\s*[\d.]*\d(?:\s*,\s*(?:==|!=|<=|>=|<|>)\s*[\d.]*\d)*)"
)
_CLAUSE = re.compile(r"(==|!=|<=|>=|<|>)\s*([\d.]+)")
_NUMBER = re.compile(r"\d+(?:\.\d+)*")
_OPERATORS: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


def refused_by(requirements: Iterable[str], version: Callable[[], str]) -> str | None:
    """What a package asks of corral-core that this one is not: ``corral-core<0.1``.

    :param requirements: of the package, each as PEP 508 has it.
    :param version: of the corral-core that is here; asked when a requirement names it.
    """
    for requirement in requirements:
        if _CORE.match(requirement) and not _allows(requirement, version()):
            return requirement.partition(";")[0].strip()
    return None


def _allows(requirement: str, version: str) -> bool:
    plain = _PLAIN.fullmatch(requirement.strip())
    if plain is None or not _NUMBER.fullmatch(version):
        return _packaging_allows(requirement, version)
    here = _numbers(version)
    return all(_OPERATORS[sign](here, _numbers(wanted)) for sign, wanted in _CLAUSE.findall(plain["clauses"]))


def _numbers(version: str) -> tuple[int, ...]:
    """Without zeros at the end: 0.1 is 0.1.0."""
    numbers = [int(part) for part in version.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _packaging_allows(requirement: str, version: str) -> bool:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        wanted = Requirement(requirement)
    except InvalidRequirement:
        return True  # the package's metadata are wrong, which says nothing of corral
    applies = wanted.marker is None or wanted.marker.evaluate({"extra": ""})
    return not applies or wanted.specifier.contains(version, prereleases=True)
