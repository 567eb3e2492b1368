"""A job's code as one zip file that runs on another machine: what executors with remote workers deploy."""

from __future__ import annotations

from corral_core.bundle.api import Archive, Entry, Target
from corral_core.bundle.build import build

__all__ = ["Archive", "Entry", "Target", "build"]
