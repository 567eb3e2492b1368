from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from corral_core import Job, Sum
from corral_core.engine.identity import MATTERS, Identity, changes, identity_of
from corral_core.settings import load_settings
from corral_core.storage.api import FileInfo


def mapper(key: str, value: str) -> list[tuple[str, int]]:
    return [(value, 1)]


FILES = [FileInfo("/in-0", 3, "v1"), FileInfo("/in-1", 4, "v2"), FileInfo("/in-2", 5, "v3")]
OTHER: dict[str, Any] = {
    "inputFormat": "kv",
    "encoding": "latin-1",
    "splitSize": 7,
    "mapBinSize": 7,
    "maxRecordSize": 7,
    "outputFormat": "jsonl",
    "reducers": 7,
    "reduceBinSize": 7,
    "shuffleLayout": "single",
}


def identity(files: list[FileInfo] = FILES, **options: Any) -> Identity:
    return identity_of("abc", [Job(mapper, Sum(), name="count")], load_settings(options=options, env={}), files)


def test_the_same_run_has_no_changes() -> None:
    assert changes(identity(), identity()) == []


def test_other_code_is_told() -> None:
    assert changes(identity(), replace(identity(), code="other")) == ["the job's code has changed"]


def test_other_stages_are_told() -> None:
    now = identity_of("abc", [Job(mapper, name="a"), Job(mapper, Sum(), name="b")], load_settings(env={}), FILES)
    assert changes(identity(), now) == ["its stages were count and are a (map only), b"]


@pytest.mark.parametrize("name", MATTERS)
def test_a_setting_that_decides_what_tasks_do_is_told(name: str) -> None:
    (said,) = changes(identity(), identity(**{name: OTHER[name]}))
    assert said.startswith(f"{name} was ")
    assert " and is " in said


@pytest.mark.parametrize("name", ["splitSize", "mapBinSize", "reduceBinSize"])
def test_a_size_that_was_asked_for_is_not_the_same_as_the_default_though_it_is_as_large(name: str) -> None:
    """Tasks are smaller than a default where that keeps more slots busy, but not than a size that somebody chose."""
    default = load_settings(env={}).core.model_dump()[name.replace("S", "_s").replace("B", "_b")]
    (said,) = changes(identity(), identity(**{name: default}))
    assert said.startswith(f"{name} was ")
    assert " by default and is " in said


@pytest.mark.parametrize(
    "options", [{"max_concurrency": 3}, {"max_attempts": 9}, {"task_memory": "1GiB"}, {"verbose": True}]
)
def test_other_settings_may_change(options: dict[str, Any]) -> None:
    assert changes(identity(), identity(**options)) == []


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (FILES[:2], ["input /in-2 is gone"]),
        ([*FILES, FileInfo("/new", 1, "v")], ["input /new is new"]),
        ([FileInfo("/in-0", 9, "v1"), *FILES[1:]], ["input /in-0 has changed"]),
        ([FileInfo("/in-0", 3, "v9"), *FILES[1:]], ["input /in-0 has changed"]),
        (FILES[::-1], ["the inputs come in another order, or more than once"]),
        ([*FILES, FILES[0]], ["the inputs come in another order, or more than once"]),
        ([FileInfo("/x", 1, "")], ["input /in-0 is gone", "input /in-1 is gone", "input /in-2 is gone",
                                   "1 more inputs have changed"]),
    ],
    ids=["gone", "new", "size", "time", "order", "twice", "many"],
)  # fmt: skip
def test_other_inputs_are_named(files: list[FileInfo], said: list[str]) -> None:
    assert changes(identity(), identity(files)) == said


def test_every_change_is_told() -> None:
    assert len(changes(identity(), replace(identity(FILES[1:], reducers=3), code="x"))) == 3
