"""What is checked, and where it may work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_core.executor import Executor
    from corral_core.formats.api import InputFormat, OutputFormat
    from corral_core.storage.api import Storage

__all__ = ["Subject"]


@dataclass(frozen=True)
class Subject:
    """An executor, a storage or a format, as the plugin manager gives it."""

    kind: Literal["executor", "storage", "input format", "output format"]
    name: str
    location: str | None = None
    """A directory in which a check may make directories of its own; None: of this machine."""
    executor: Callable[[], Executor] | None = None
    """Makes a new one, with the settings of every layer."""
    storage: Storage | None = None
    input_format: type[InputFormat] | None = None
    output_format: type[OutputFormat] | None = None
    """With the format that reads it as ``input_format``."""
    samples: tuple[bytes, ...] = ()
    """Files of an input format."""
    records: tuple[tuple[Any, Any], ...] = ()
    """What an output format is to hold."""
