from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional

import pytest
from pydantic import BaseModel, Field, PositiveInt

from corral_core import Job, Sum, TopK
from corral_core.errors import JobError
from corral_core.parameters import MADE, REQUIRED, Parameter, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1


class Mixed(enum.Enum):
    A = 1
    B = "b"


@pytest.mark.parametrize(
    ("annotation", "items", "container"),
    [
        (str, (str,), None),
        (bool, (bool,), None),
        (Decimal, (Decimal,), None),
        (date, (date,), None),
        (datetime, (datetime,), None),
        (Colour, (Colour,), None),
        (Level, (Level,), None),
        (Literal["a", "b"], (Literal["a", "b"],), None),
        (int | None, (int,), None),
        (Optional[int], (int,), None),  # noqa: UP045  (as many still write it)
        (Annotated[int, "help"], (int,), None),
        (Annotated[int, "help"] | None, (int,), None),
        (PositiveInt, (int,), None),
        (list[str], (str,), list),
        (list[Colour] | None, (Colour,), list),
        (tuple[float, ...], (float,), tuple),
        (tuple[int, str], (int, str), tuple),
    ],
    ids=str,
)
def test_these_types_can_be_parameters(annotation: Any, items: tuple[Any, ...], container: Any) -> None:
    assert shape_of(annotation) == (items, container)


@pytest.mark.parametrize(
    "annotation",
    [bytes, object, Any, dict, dict[str, int], list, list[list[int]], set[int], int | str, Mixed, Literal["a", 1]],
    ids=str,
)
def test_other_types_can_not(annotation: Any) -> None:
    assert shape_of(annotation) is None


def mapper(  # type: ignore[no-untyped-def]  # (without its annotation, plain is no parameter)
    key: Sequence[str],  # only a type checker knows what this is
    value: str,
    *,
    pattern: str,
    least: Annotated[int, "How many at least."] = 3,
    day: date = None,  # type: ignore[assignment]  # noqa: RUF013  (as many write it)
    _cache: dict[str, int] = {},  # noqa: B006  (the habit that is left alone)
    plain=5,
) -> Iterator[tuple[str, int]]:
    yield pattern, least


def test_annotated_keyword_only_arguments_are_parameters() -> None:
    assert Job(mapper).parameters == {
        "pattern": Parameter("pattern", str, REQUIRED, "", "the mapper"),
        "least": Parameter("least", Annotated[int, "How many at least."], 3, "How many at least.", "the mapper"),
        "day": Parameter("day", date | None, None, "", "the mapper"),
    }


class Searching:
    def __init__(self, *, pattern: str = "") -> None:
        self.pattern = pattern

    def map(self, key: str, value: str, emitter: Any, *, least: int) -> None: ...

    def reduce(self, key: str, values: Any, emitter: Any, *, top: int = 1) -> None: ...


def partition(key: Any, n: int, *, salt: int = 0) -> int:
    return salt % n


@dataclass(kw_only=True)
class AsData:
    pattern: str

    def map(self, key: str, value: str, emitter: Any) -> None: ...


@pytest.mark.parametrize(
    ("job", "names"),
    [
        (Job(Searching, Searching, partitioner=partition), {"pattern", "least", "top", "salt"}),
        (Job(Searching(), Searching()), {"least", "top"}),
        (Job(Searching(), combiner=Searching, reducer=Sum()), {"least", "top", "pattern"}),
        (Job(partial(mapper, pattern="x")), {"pattern", "least", "day"}),
        (Job(AsData), {"pattern"}),
        (Job(lambda key, value: [], TopK(2)), set()),
        (Job(lambda key, value: [], TopK), set()),
        (Job(print), set()),
    ],
    ids=["class", "object", "combiner", "partial", "dataclass", "aggregator", "aggregator class", "builtin"],
)
def test_all_parts_of_a_job_declare(job: Job, names: set[str]) -> None:
    assert set(job.parameters) == names


class Model(BaseModel):
    top: int = Field(3, description="How many.")
    words: list[str] = Field(default_factory=list)
    name: str


@dataclass
class Data:
    name: str
    top: Annotated[int, "How many."] = 3
    words: list[str] = field(default_factory=list)
    made: int = field(default=1, init=False)


@pytest.mark.parametrize("model", [Model, Data])
def test_the_fields_of_a_model_are_parameters(model: type) -> None:
    found = Job(lambda key, value: [], params=model).parameters
    assert {name: (found[name].default, found[name].description) for name in sorted(found)} == {
        "name": (REQUIRED, ""),
        "top": (3, "How many."),
        "words": (MADE, ""),
    }


def test_one_name_may_be_declared_alike_in_several_places() -> None:
    def reducer(key: str, values: Any, *, least: int = 3) -> Any: ...

    assert "least" in Job(mapper, reducer).parameters


@pytest.mark.parametrize(("default", "said"), [(4, "int = 4"), (REQUIRED, "int"), (3.0, "float = 3.0")], ids=str)
def test_one_name_with_two_meanings_is_an_error_that_shows_both(default: Any, said: str) -> None:
    def reducer(key: str, values: Any, *, least: Any) -> Any: ...

    reducer.__annotations__["least"] = float if isinstance(default, float) else int
    reducer.__kwdefaults__ = {} if default is REQUIRED else {"least": default}
    with pytest.raises(JobError, match=r"parameter least is int = 3 in the mapper and .* in reducer") as caught:
        _ = Job(mapper, reducer).parameters
    assert f"and {said} in" in str(caught.value)


def test_a_type_that_can_not_be_is_an_error_that_says_what_can() -> None:
    def search(key: str, value: str, *, table: dict[str, int]) -> Any: ...

    with pytest.raises(
        JobError, match=r"parameter table of mapper .*search has the type dict.*: a parameter is str, int"
    ):
        _ = Job(search).parameters


def test_a_type_that_is_not_there_when_the_job_runs_is_an_error() -> None:
    def search(key: str, value: str, *, names: Sequence[str]) -> Any: ...

    with pytest.raises(JobError, match=r"Sequence.*top level of the module, not below TYPE_CHECKING"):
        _ = Job(search).parameters


def test_params_must_be_a_model() -> None:
    with pytest.raises(JobError, match="params is a pydantic model or a dataclass, not a type"):
        Job(mapper, params=int)
