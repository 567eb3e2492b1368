from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from corral_core import Driver, Job
from corral_core.engine.given import values_of
from corral_core.engine.loading import JobSource
from corral_core.errors import JobError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.Enum):
    LOW = 1


def mapper(
    key: str,
    value: str,
    *,
    text: str = "t",
    number: Annotated[int, Field(ge=1)] = 3,
    ratio: float = 0,
    on: bool = False,
    colour: Colour = Colour.RED,
    level: Level | None = None,
    unit: Literal["kB", "MB"] = "kB",
    since: date | None = None,
    at: datetime | None = None,
    price: Decimal = Decimal(1),
    words: list[str] = [],  # noqa: B006  (nobody changes it)
    pair: tuple[int, str] = (1, "a"),
) -> Iterator[tuple[str, int]]:
    yield text, number


DEFAULTS = {
    "text": "t",
    "number": 3,
    "ratio": 0.0,
    "on": False,
    "colour": "red",
    "level": None,
    "unit": "kB",
    "since": None,
    "at": None,
    "price": "1",
    "words": [],
    "pair": [1, "a"],
}


def values(
    jobs: Job | list[Job], code: dict[str, Any] | None = None, flags: dict[str, Any] | None = None
) -> dict[str, Any]:
    return values_of(JobSource(jobs if isinstance(jobs, list) else [jobs], None, params=code or {}, flags=flags or {}))


def test_a_parameter_that_nobody_gives_has_its_default() -> None:
    assert values(Job(mapper)) == DEFAULTS


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("text", "a,b", "a,b"),
        ("number", "5", 5),
        ("ratio", "1e3", 1000.0),
        ("on", True, True),
        ("colour", "blue", "blue"),
        ("level", "1", 1),
        ("unit", "MB", "MB"),
        ("since", "2026-01-31", "2026-01-31"),
        ("at", "2026-01-31T12:00", "2026-01-31T12:00:00"),
        ("price", "1.50", "1.50"),
        ("words", ("a,b", "c"), ["a", "b", "c"]),
        ("pair", ("2,b",), [2, "b"]),
    ],
    ids=str,
)
def test_a_flag_gives_its_text(name: str, given: Any, value: Any) -> None:
    assert values(Job(mapper), flags={name: given}) == DEFAULTS | {name: value}


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("number", 5, 5),
        ("ratio", 2, 2.0),
        ("colour", Colour.BLUE, "blue"),
        ("colour", "blue", "blue"),
        ("since", date(2026, 1, 31), "2026-01-31"),
        ("words", ("a,b",), ["a,b"]),
        ("number", 2**80, 2**80),
    ],
    ids=str,
)
def test_code_gives_its_value_and_comes_before_the_flag(name: str, given: Any, value: Any) -> None:
    assert values(Job(mapper), {name: given}, {name: "nonsense"}) == DEFAULTS | {name: value}


@pytest.mark.parametrize(
    ("name", "given", "wanted"),
    [
        ("number", "few", "give a whole number"),
        ("number", "0", "give 1 or more"),
        ("ratio", "much", "give a number"),
        ("ratio", "inf", "give a finite number"),
        ("colour", "green", "give one of red, blue"),
        ("level", "2", "give one of 1"),
        ("unit", "GB", "give one of kB, MB"),
        ("since", "2026", "give a date such as 2026-01-31"),
        ("at", "1700000000", "give a date and time such as 2026-01-31T12:00"),
        ("price", "cheap", "give a number"),
        ("text", "\udc80", "give a text in the terminal's encoding"),
    ],
    ids=ascii,
)
def test_a_bad_flag_is_named_with_its_value_and_what_is_wanted(name: str, given: str, wanted: str) -> None:
    with pytest.raises(ParameterError) as caught:
        values(Job(mapper), flags={name: given})
    assert str(caught.value) == f"bad value {given!r} for --{name}: {wanted}"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"number": True}, "bad value True for parameter number in code: give a number"),
        ({"number": 2.5}, "bad value 2.5 for parameter number in code: give a whole number"),
        ({"words": 5}, "bad value 5 for parameter words in code: give a list"),
        ({"text": "x" * 99}, None),
        ({"colours": "red"}, "the job has no parameter 'colours'; did you mean colour?"),
        ({"zzz": 1}, "the job has no parameter 'zzz'; its parameters: text, number"),
    ],
    ids=str,
)
def test_a_bad_value_in_code_is_named(given: dict[str, Any], said: str | None) -> None:
    if said is None:
        assert values(Job(mapper), given)
        return
    with pytest.raises(ParameterError) as caught:
        values(Job(mapper), given)
    assert str(caught.value).startswith(said)


def test_a_default_that_does_not_fit_its_type_is_found_before_the_run() -> None:
    def wrong(key: str, value: str, *, least: int = "few") -> Any: ...  # type: ignore[assignment]  # (what is tested)

    with pytest.raises(
        ParameterError, match=r"bad value 'few' for parameter least, its default in mapper .*wrong: give a"
    ):
        values(Job(wrong))


def test_a_missing_value_is_named_with_both_ways_to_give_it() -> None:
    def search(key: str, value: str, *, the_pattern: str) -> Any: ...

    with pytest.raises(ParameterError, match=r"give --the-pattern, or params=\{'the_pattern': \.\.\.\} in code"):
        values(Job(search))


def test_stages_share_their_parameters() -> None:
    def first(key: str, value: str, *, least: int = 1) -> Any: ...
    def second(key: str, value: str, *, least: int = 1, most: int = 9) -> Any: ...
    def third(key: str, value: str, *, least: str = "") -> Any: ...

    assert values([Job(first), Job(second)], {"least": 2}) == {"least": 2, "most": 9}
    with pytest.raises(JobError, match=r"parameter least is int = 1 in mapper .*first and str = '' in mapper .*third"):
        values([Job(first), Job(third)])


class Model(BaseModel):
    model_config = ConfigDict(strict=True, populate_by_name=True)

    low: int = Field(1, ge=0, alias="lowest")
    high: int = 9
    seen: date = Field(default_factory=lambda: date(2026, 1, 1))

    @model_validator(mode="after")
    def _in_order(self) -> Model:
        if self.low > self.high:
            raise ValueError("low is above high")
        return self


@dataclass
class Data:
    low: Annotated[int, Field(ge=0)] = 1
    high: int = 9
    seen: date = field(default_factory=lambda: date(2026, 1, 1))

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above high")


def emit_nothing(key: str, value: str) -> list[tuple[str, int]]:
    return []


@pytest.mark.parametrize("model", [Model, Data])
def test_a_model_checks_its_fields_and_what_they_are_together(model: type) -> None:
    job = Job(emit_nothing, params=model)
    assert values(job) == {"low": 1, "high": 9, "seen": "2026-01-01"}
    assert values(job, {"seen": date(2026, 2, 1)}, {"low": "4"}) == {"low": 4, "high": 9, "seen": "2026-02-01"}
    with pytest.raises(ParameterError, match=r"^bad value '-1' for --low: give 0 or more$"):
        values(job, flags={"low": "-1"})
    with pytest.raises(ParameterError, match=r"^the parameters of model \w+ don't fit together: low is above high$"):
        values(job, flags={"low": "10"})


@pytest.mark.parametrize("model", [Model, Data])
def test_an_instance_of_the_model_gives_all_its_fields(model: Any) -> None:
    driver = Driver(Job(emit_nothing, params=model), params=model(high=5))
    assert driver.params == {"low": 1, "high": 5, "seen": date(2026, 1, 1)}


def test_params_that_are_neither_values_nor_an_instance_are_refused() -> None:
    with pytest.raises(JobError, match="params are values by name, or an instance of the job's model, not 5"):
        Driver(Job(emit_nothing), params=5)
