"""What the plugin registers, and its settings."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from corral_core import plugins
from corral_local_process.cores import available_cores
from corral_local_process.executor import LocalProcessExecutor
from corral_local_process.settings import LocalProcessSettings


class Settings:
    """A SettingsView with one section."""

    def __init__(self, workers: int | None) -> None:
        self._section = LocalProcessSettings(local_workers=workers)

    def section(self, model: Any, /) -> Any:
        assert model is LocalProcessSettings
        return self._section


def test_it_is_found_by_its_name() -> None:
    assert plugins.load().executor("local-process") is LocalProcessExecutor
    assert plugins.load().settings.get("LocalProcessSettings") is LocalProcessSettings


@pytest.mark.parametrize(("workers", "slots"), [(None, available_cores()), (3, 3)], ids=["default", "set"])
def test_local_workers_sets_the_slots(workers: int | None, slots: int) -> None:
    assert LocalProcessExecutor.from_settings(Settings(workers)).capabilities.slots == slots


@pytest.mark.parametrize("workers", [0, -1])
def test_no_workers_are_refused(workers: int) -> None:
    with pytest.raises(ValidationError):
        LocalProcessSettings(local_workers=workers)
