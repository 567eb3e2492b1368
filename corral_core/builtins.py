"""What corral-core itself registers, through the same hooks as any plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from pydantic import BaseModel

    from corral_core.executor import Executor
    from corral_core.formats.api import InputFormat, OutputFormat

__all__: list[str] = []


@hookimpl
def corral_executors() -> list[type[Executor]]:
    from corral_core.executors.inline import InlineExecutor

    return [InlineExecutor]


@hookimpl
def corral_formats() -> list[type[InputFormat] | type[OutputFormat]]:
    from corral_core.formats.jsonl import JsonLinesInput, JsonLinesOutput
    from corral_core.formats.kv import KeyValueInput
    from corral_core.formats.text import TextInput, TextOutput

    return [TextInput, KeyValueInput, JsonLinesInput, TextOutput, JsonLinesOutput]


@hookimpl
def corral_settings() -> list[type[BaseModel]]:
    from corral_core.settings.core import CoreSettings

    return [CoreSettings]
