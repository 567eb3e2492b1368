"""The plans that docs/howto/tune-sizes.md shows are those that the planner makes."""

from __future__ import annotations

import re

import pytest

from corral_core.engine.planner import LEAST_TASK, Sizes, layout_of, plan_stage
from corral_core.settings.core import CoreSettings
from corral_core.settings.sizes import parse_size
from corral_core.storage.api import FileInfo
from tests.docs.conftest import ROOT

PAGE = (ROOT / "docs" / "howto" / "tune-sizes.md").read_text("utf-8")
ROW = r"^\| (\d+) (files?(?:\.gz)?) of (\d+ [MG]B) \| (\w+) \| (.*?)\| (\d+) \| (\d+) MB \| (\d+) \|$"
ROWS = re.findall(ROW, PAGE, re.MULTILINE)
DEFAULTS = CoreSettings()


def sizes(chosen: dict[str, str]) -> Sizes:
    return Sizes(
        DEFAULTS.split_size,
        parse_size(chosen["mapBinSize"]) if "mapBinSize" in chosen else DEFAULTS.map_bin_size,
        parse_size(chosen["reduceBinSize"]) if "reduceBinSize" in chosen else DEFAULTS.reduce_bin_size,
        fixed_map_bin="mapBinSize" in chosen,
        fixed_reduce_bin="reduceBinSize" in chosen,
    )


def test_no_row_of_the_table_is_overlooked() -> None:
    table = PAGE[PAGE.index("| input | slots") :].partition("\n\n")[0]
    assert len(ROWS) == len(table.splitlines()) - 2


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row[:5]).strip())
def test_the_plan_of_a_row_is_what_the_planner_makes(row: tuple[str, ...]) -> None:
    number, kind, size, slots, chosen, mappers, largest, reducers = row
    plan = plan_stage(
        [FileInfo(f"{kind}-{i}", parse_size(size.replace(" ", ""))) for i in range(int(number))],
        sizes(dict(re.findall(r"`(\w+)=(\w+)`", chosen))),
        slots=None if slots == "none" else int(slots),
        reducers=None,
        reduces=True,
        splittable=lambda _: not kind.endswith(".gz"),
    )
    bins = [sum(split.length for split in splits) for splits in plan.bins]
    assert (len(bins), round(max(bins) / 1e6), plan.reducers) == (int(mappers), int(largest), int(reducers))


def test_the_defaults_that_the_page_names_are_the_defaults() -> None:
    named = {name: parse_size(size.replace(" ", "")) for name, size in re.findall(r"`(\w+)` \((\d+ MiB)\)", PAGE)}
    assert named == {
        "splitSize": DEFAULTS.split_size,
        "mapBinSize": DEFAULTS.map_bin_size,
        "reduceBinSize": DEFAULTS.reduce_bin_size,
        "taskMemory": DEFAULTS.task_memory,
    }
    assert f"each of {LEAST_TASK // 2**20} MiB at least" in PAGE


def test_an_object_store_gets_one_object_for_each_mapper() -> None:
    plan = plan_stage(
        [FileInfo("file", 10**10)], sizes({}), slots=None, reducers=None, reduces=True, splittable=lambda _: True
    )
    assert layout_of("auto", plan, local=False) == "single"
    assert f"{len(plan.bins)} for {len(plan.bins)} mappers and {plan.reducers} reducers" in PAGE
    assert str(len(plan.bins) * plan.reducers) in PAGE
