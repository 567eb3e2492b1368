from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from corral_core.engine.reach import check_reach
from corral_core.errors import InputError, OutputError
from corral_core.executor import Capabilities
from corral_core.executors.inline import InlineExecutor
from corral_core.storage.resolve import storage_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from corral_core.executor import Executor

HERE, WORKERS, FAR = Capabilities(in_process=True), Capabilities(), Capabilities(remote=True)


@pytest.fixture(name="reach")
def fixture_reach() -> Callable[[Capabilities, Sequence[str], str], None]:
    def reach(can: Capabilities, inputs: Sequence[str], location: str) -> None:
        executor: Executor = InlineExecutor()
        executor.capabilities = can
        check_reach(executor, inputs, location, partial(storage_for, extra=None))

    return reach


@pytest.mark.parametrize(
    ("can", "path"), [(HERE, "/a"), (HERE, "memory://a"), (WORKERS, "/a"), (WORKERS, "file:///a")], ids=repr
)
def test_what_workers_see_is_let_through(can: Capabilities, path: str, reach: Any) -> None:
    reach(can, [path], path)


@pytest.mark.parametrize(
    ("can", "path", "place", "instead"),
    [
        (WORKERS, "memory://a", "in this process's memory", "a directory or an object store"),
        (FAR, "memory://a", "in this process's memory", "an object store"),
        (FAR, "/a", "on this machine", "an object store"),
    ],
    ids=["memory, workers", "memory, remote", "disk, remote"],
)
def test_what_they_do_not_see_is_refused_with_another_place(
    can: Capabilities, path: str, place: str, instead: str, reach: Any
) -> None:
    """An answer in a worker's own memory would be gone with the worker, without a word."""
    with pytest.raises(InputError, match=f"input {path} is {place}.*copy it to {instead}"):
        reach(can, [path], path)
    with pytest.raises(OutputError, match=f"output {path} is {place}.*give --out {instead}"):
        reach(can, [], path)
