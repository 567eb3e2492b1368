from __future__ import annotations

import pytest
from pydantic import ValidationError

from corral_core.errors import SettingsError
from corral_dask.executor import DaskExecutor
from corral_dask.settings import DaskSettings


@pytest.mark.parametrize(
    "address", ["tcp://host:8786", "tls://10.0.0.1:1", "host:8786", "tcp://[::1]:8786", "ws://h:1/"]
)
def test_an_address_is_what_dask_takes(address: str) -> None:
    assert DaskSettings(dask_scheduler=address).dask_scheduler == address


@pytest.mark.parametrize("address", ["", "host", "http://host:8786", "inproc://1/2", "tcp://host", "tcp://:1", "a b:1"])
def test_anything_else_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match="such as tcp://host:8786"):
        DaskSettings(dask_scheduler=address)


def test_resources_are_numbers_by_name() -> None:
    assert DaskSettings(dask_resources=("GPU=1", "memory=2e9")).resources == {"GPU": 1.0, "memory": 2e9}


@pytest.mark.parametrize("resource", ["GPU", "GPU=", "GPU=0", "GPU=-1", "GPU=x", "=1", "GPU=1e999", "GPU=1.2.3"])
def test_a_resource_that_is_no_number_above_zero_is_refused(resource: str) -> None:
    with pytest.raises(ValidationError, match="NAME=NUMBER"):
        DaskSettings(dask_resources=(resource,))


def test_resources_need_a_scheduler() -> None:
    with pytest.raises(SettingsError, match="give daskScheduler, too"):
        DaskExecutor(DaskSettings(dask_resources=("GPU=1",)))


@pytest.mark.parametrize(
    ("settings", "remote"),
    [
        (DaskSettings(dask_workers=3), False),
        (DaskSettings(dask_workers=3, dask_scheduler="host:1"), True),
        (DaskSettings(dask_workers=3, dask_scheduler="host:1", dask_shared_files=True), False),
    ],
    ids=["local", "elsewhere", "shared"],
)
def test_workers_elsewhere_see_our_files_only_if_the_user_says_so(settings: DaskSettings, *, remote: bool) -> None:
    can = DaskExecutor(settings).capabilities
    assert (can.remote, can.slots, can.can_cancel) == (remote, 3, True)


def test_how_many_tasks_a_scheduler_takes_is_not_known_before_it_is_asked() -> None:
    assert DaskExecutor(DaskSettings(dask_scheduler="host:1")).capabilities.slots is None
