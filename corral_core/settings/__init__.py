"""Layered settings: options in code, flags, environment, rc files, defaults. The only reader of env and rc files."""

from __future__ import annotations

from corral_core.settings.api import CoreSettings, Item, Layer, Origin, Settings, load_settings

__all__ = ["CoreSettings", "Item", "Layer", "Origin", "Settings", "load_settings"]
