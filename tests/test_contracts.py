from __future__ import annotations

from typing import Any

import pytest

from corral_core.contracts import flaw
from corral_core.executor import Executor
from corral_core.executors.inline import InlineExecutor
from corral_core.formats.jsonl import JsonLinesInput, JsonLinesOutput
from corral_core.plugins import Registry, load
from corral_core.storage.local import LocalStorage


class NoSubmit(Executor):
    name = "no-submit"

    @classmethod
    def from_settings(cls, settings: Any) -> Any: ...

    def open(self, bundle: Any) -> None: ...

    def close(self) -> None: ...


class Wrong:
    """Classes with methods that can't be called as they will be."""

    class Submit(InlineExecutor):
        def submit(self) -> Any: ...  # type: ignore[override]  # which is the defect

    class Open(InlineExecutor):
        def open(self, bundle: Any, more: Any) -> None: ...  # type: ignore[override]  # likewise

    class FromSettings(InlineExecutor):
        @classmethod
        def from_settings(cls) -> Any: ...  # type: ignore[override]  # likewise

    class Usage(InlineExecutor):
        usage = "nothing"  # type: ignore[assignment]  # likewise

    class Create(LocalStorage):
        def create(self, path: str) -> Any: ...  # type: ignore[override]  # likewise

    class Made(JsonLinesInput):
        def __init__(self) -> None: ...

    class Encode(JsonLinesOutput):
        def encode(self) -> Any: ...  # type: ignore[override]  # likewise


class Nameless(InlineExecutor):
    name = ""


class Schemeless(LocalStorage):
    schemes = "farm"  # type: ignore[assignment]  # which is the defect


class Lenient(InlineExecutor):
    def open(self, *everything: Any, **more: Any) -> None: ...

    def submit(self, payload: bytes, urgent: bool = False) -> Any: ...


@pytest.mark.parametrize(
    ("hook", "item", "reason"),
    [
        ("corral_executors", NoSubmit, "NoSubmit lacks submit, which corral_core.executor.Executor asks for"),
        ("corral_executors", Nameless, "Nameless has no name"),
        (
            "corral_executors",
            InlineExecutor(),
            "an instance of InlineExecutor is no subclass of ",
        ),
        ("corral_executors", Wrong.Submit, "Wrong.Submit.submit takes (self), and is called with (self, payload)"),
        ("corral_executors", Wrong.Open, "takes (self, bundle, more), and is called with (self, bundle)"),
        ("corral_executors", Wrong.FromSettings, "from_settings takes (), and is called with (settings)"),
        ("corral_executors", Wrong.Usage, "Wrong.Usage.usage is no method"),
        ("corral_storages", Schemeless, "Schemeless has no schemes, a tuple such as ('s3', 's3a')"),
        ("corral_storages", Wrong.Create, "takes (self, path), and is called with (self, path, exclusive)"),
        ("corral_formats", Wrong.Made, "__init__ takes (self), and is called with (self, options)"),
        ("corral_formats", Wrong.Encode, "encode takes (self), and is called with (self, records)"),
        ("corral_formats", LocalStorage, "corral_core.formats.api.InputFormat or corral_core.formats.api.OutputFormat"),
    ],
)
def test_what_is_wrong_with_a_class_is_said(hook: str, item: Any, reason: str) -> None:
    assert reason in (flaw(hook, item) or "")


def test_a_method_may_take_more_than_it_is_given() -> None:
    assert flaw("corral_executors", Lenient) is None


def test_nothing_is_wrong_with_what_corral_and_its_plugins_bring() -> None:
    plugins = load()
    found: dict[str, Registry[Any]] = {
        "corral_executors": plugins.executors,
        "corral_formats": plugins.input_formats,
        "corral_settings": plugins.settings,
        "corral_commands": plugins.commands,
    }
    assert [
        wrong for hook, registry in found.items() for _, item in registry.items() if (wrong := flaw(hook, item))
    ] == []
