"""Settings that take environment variables, ``NAME=VALUE`` each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import AfterValidator

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["by_name", "named_like"]


def named_like(names: str) -> AfterValidator:
    """Checks the variables of a field that is annotated with it.

    :param names: the regular expression that the place has for their names.
    """
    variable = re.compile(f"(?:{names})=.*", re.DOTALL)

    def checked(variables: tuple[str, ...]) -> tuple[str, ...]:
        if all(map(variable.fullmatch, variables)):
            return variables
        raise ValueError("give NAME=VALUE, with commas between several")

    return AfterValidator(checked)


def by_name(variables: Iterable[str]) -> dict[str, str]:
    """Their values; of a name that is given twice, the last."""
    return dict(variable.split("=", 1) for variable in variables)
