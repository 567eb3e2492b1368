from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import BaseModel, ValidationError

from corral_core.settings.variables import by_name, named_like


class Place(BaseModel):
    variables: Annotated[tuple[str, ...], named_like("[A-Z]+|x")] = ()


def test_variables_come_by_name_with_all_that_stands_behind_the_first_equals_sign() -> None:
    assert by_name(Place(variables=("A=1=2\n3", "x=", "A=4")).variables) == {"A": "4", "x": ""}
    assert by_name(Place(variables=("AB=1=2\n3",)).variables) == {"AB": "1=2\n3"}


@pytest.mark.parametrize("wrong", ["A", "=1", "a=1", "xA=1", "A B=1"])
def test_a_variable_that_has_another_name_or_no_value_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError, match="give NAME=VALUE, with commas between several"):
        Place(variables=("A=1", wrong))
