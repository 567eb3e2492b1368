"""What docs/howto/cost.md works out, and what docs/reference/plan.md says of JSON, against the code."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from corral_core import Driver, Job, Sum
from corral_core.cli.units import dollars_text
from corral_core.engine.commit import Location
from corral_core.engine.folder import RunFolder
from corral_core.engine.setup import prepared
from corral_core.engine.source import source_of
from corral_core.planning.api import (
    Inputs,
    Memory,
    Outlook,
    PhaseOutlook,
    Plan,
    Sampled,
    StageOutlook,
    Table,
)
from corral_core.planning.outlook import outlook
from corral_core.planning.scenario import Ratio, Scenario, StageScenario
from corral_core.plugins import load
from corral_core.prices import CostItem
from corral_core.settings import load_settings
from corral_core.storage.api import FileInfo
from corral_core.storage.resolve import storage_for
from tests.docs.conftest import ROOT, prose, table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import msgspec

COST = ROOT / "docs" / "howto" / "cost.md"
SHAPE = ROOT / "docs" / "reference" / "plan.md"

FILES = [FileInfo(f"s3://bucket/in/{number}", 10 * 10**9) for number in range(10)]
EXAMPLE = Scenario((StageScenario(25e6, 12.5e6, Ratio(0.1), Ratio(0.1)),), 0.3)
"""The page's: 100 GB in ten files, a tenth of it shuffled, a tenth of that written."""


@pytest.fixture
def example(tmp_path: Path) -> Callable[..., Outlook]:
    """The page's example with some settings of its own, on Lambda and S3."""
    (tmp_path / "in.txt").write_text("a\n")

    def example(**options: Any) -> Outlook:
        settings = load_settings(options, env={}, cwd=tmp_path, home=tmp_path)
        jobs = Driver(Job(lambda _key, line: [(line, 1)], Sum()))
        setup = prepared(source_of(jobs), [str(tmp_path / "in.txt")], settings)
        location = Location(storage_for("s3://bucket/out"), "s3://bucket/out")
        return outlook(
            replace(
                setup,
                executor=load().executor("lambda").from_settings(settings),
                files=FILES,
                reads=("s3://bucket/in",),
                location=location,
                folder=RunFolder(location.storage, location.path, "run"),
                slots=None,
            ),
            EXAMPLE,
        )

    return example


ROWS: dict[str, dict[str, Any]] = {
    "the defaults": {},
    "mapBinSize=2GiB": {"map_bin_size": "2GiB"},
    "mapBinSize=100MiB": {"map_bin_size": "100MiB"},
    "reducers=20": {"reducers": 20},
    "shuffleLayout=files": {"shuffle_layout": "files"},
}


def cells(told: Outlook) -> list[str]:
    (stage,) = told.stages
    assert stage.reduce is not None
    of = {item.name: item for item in told.cost}
    compute = of["lambda.gb-second"].dollars + of["lambda.request"].dollars
    asked = of["s3.get"].dollars + of["s3.put"].dollars
    counts = (stage.map.tasks, stage.reduce.tasks, of["s3.get"].quantity, of["s3.put"].quantity)
    return [*(f"{count:,.0f}" for count in counts), dollars_text(asked), dollars_text(compute)]


@pytest.mark.parametrize("row", ROWS)
def test_the_tables_rows_are_what_the_code_works_out(row: str, example: Callable[..., Outlook]) -> None:
    assert table(COST, "settings")[row] == cells(example(**ROWS[row]))


def test_the_table_has_no_other_rows() -> None:
    assert set(table(COST, "settings")) == set(ROWS)


def test_every_price_is_on_the_page_with_its_dollars() -> None:
    places = [cls.prices for _, cls in load().executors.items() if cls.prices is not None]
    places += [found for path in ("s3://b/k", "gs://b/k") if (found := storage_for(path).prices) is not None]
    documented = {name: float(row[0]) for name, row in table(COST, "price").items()}
    assert documented == {name: price.dollars for place in places for name, price in place.prices.items()}
    page = prose(COST)
    assert all(place.source in page for place in places)


@pytest.mark.parametrize(
    "shape",
    [Plan, Inputs, Memory, Outlook, StageOutlook, PhaseOutlook, Sampled, Table, CostItem],
    ids=lambda s: s.__name__,
)
def test_every_field_of_a_plan_is_documented_and_every_documented_field_exists(shape: type[msgspec.Struct]) -> None:
    rows = re.split(r"^\| of ", prose(SHAPE), flags=re.MULTILINE)
    (mine,) = (part for part in rows if part.startswith(f"`{shape.__name__}` "))
    assert re.findall(r"^\| `(\w+)` \|", mine, re.MULTILINE) == list(shape.__struct_fields__)
