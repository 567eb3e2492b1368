from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from corral_core.plugins import Plugins
from corral_core.settings.api import Settings, load_settings
from corral_core.settings.core import CoreSettings
from corral_core.settings.fields import Size  # noqa: TC001  (pydantic reads the annotation at run time)

if TYPE_CHECKING:
    from pathlib import Path


class TractorSettings(BaseModel):
    """A plugin's own settings, of every kind."""

    model_config = ConfigDict(frozen=True)

    tractor_name: str = Field("fergie", description="What it is called.")
    tractor_role_arn: str | None = Field(None, alias="tractorRoleARN")
    tractor_tank: Size | None = None
    tractor_load: float = Field(0.5, ge=0, le=1)
    tractor_fields: list[str] = []
    tractor_token: SecretStr | None = None


class Loader(Protocol):
    def __call__(
        self,
        options: dict[str, Any] | None = None,
        flags: dict[str, Any] | None = None,
        env: dict[str, str] | None = None,
    ) -> Settings: ...


@pytest.fixture
def tractor() -> type[TractorSettings]:
    return TractorSettings


@pytest.fixture
def plugins() -> Plugins:
    """A plugin's model beside the core's; nothing of what is installed."""
    found = Plugins()
    found.settings.add("CoreSettings", CoreSettings, "corral-core")
    found.settings.add("TractorSettings", TractorSettings, "tractor")
    return found


@pytest.fixture
def cwd(tmp_path: Path) -> Path:
    (tmp_path / "cwd").mkdir()
    return tmp_path / "cwd"


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """``~/.corral``."""
    (tmp_path / "home" / ".corral").mkdir(parents=True)
    return tmp_path / "home" / ".corral"


@pytest.fixture
def load(cwd: Path, private: Path, plugins: Plugins) -> Loader:
    """``load_settings`` away from this machine's own environment and files."""

    def load(
        options: dict[str, Any] | None = None,
        flags: dict[str, Any] | None = None,
        env: dict[str, str] | None = None,
    ) -> Settings:
        return load_settings(options, flags, env=env or {}, cwd=cwd, home=private.parent, plugins=plugins)

    return load
