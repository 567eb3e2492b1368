from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from corral_core import Driver
from corral_core.engine.source import source_of
from corral_core.planning.make import make_plan
from corral_core.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from corral_core import Job
    from corral_core.planning.api import Plan


@pytest.fixture
def planned(tmp_path: Path) -> Callable[..., Plan]:
    """Plans jobs over inputs, for the inline executor unless the options say otherwise."""

    def planned(jobs: Job | Sequence[Job], inputs: Sequence[str], sample: float | None = None, **options: Any) -> Plan:
        options = {"executor": "inline", "working_location": str(tmp_path / "out"), **options}
        settings = load_settings(options, env={}, cwd=tmp_path, home=tmp_path)
        return make_plan(source_of(Driver(jobs)), inputs, settings, sample)

    return planned
