"""Where settings come from, and whether they can be used."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from corral_core.diagnosis import Finding, failed
from corral_core.errors import SettingsError
from corral_core.plugins import LOAD_PLUGINS
from corral_core.settings.api import load_settings

if TYPE_CHECKING:
    from corral_core.settings.api import Settings

__all__ = ["configuration"]

_NOWHERE = Path(os.devnull)
"""A directory that has no rc file."""


def configuration() -> tuple[Settings, list[Finding]]:
    """The settings; the defaults when what is set can't be used."""
    try:
        settings = load_settings()
    except SettingsError as error:
        return load_settings(env={}, cwd=_NOWHERE, home=_NOWHERE), [failed("settings", error)]
    findings = [Finding("settings", "ok", _sources(settings))]
    if LOAD_PLUGINS in os.environ:
        only = os.environ[LOAD_PLUGINS] or "none"
        findings.append(Finding("settings", "warning", f"{LOAD_PLUGINS} lets only some plugins load: {only}", _UNSET))
    return settings, findings


def _sources(settings: Settings) -> str:
    places: dict[str, int] = {}
    for item in settings.items():
        if item.origin.layer != "default":
            place = str(item.origin) if item.origin.layer == "rc file" else item.origin.place
            places[place] = places.get(place, 0) + 1
    return ", ".join(f"{number} from {place}" for place, number in places.items()) or "all as they are by default"


_UNSET = f"unset {LOAD_PLUGINS}, unless you want that"
