from __future__ import annotations

import sys
from functools import partial
from importlib.metadata import EntryPoint
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from corral_core import hookspecs, plugins
from corral_core.errors import PluginError
from corral_core.events import Observer
from corral_core.executors.inline import InlineExecutor
from corral_core.formats.text import TextInput, TextOutput
from corral_core.hookspecs import PROJECT
from corral_core.plugins import Plugins, Registry, hookimpl
from corral_core.storage.local import LocalStorage

if TYPE_CHECKING:
    from collections.abc import Callable

    Load = Callable[..., Plugins]


class Tractor(InlineExecutor):
    name = "tractor"


class Barn(LocalStorage):
    schemes = ("barn", "shed")


class Hay(TextInput):
    name = "hay"


class Straw(TextOutput):
    name = "hay"


class Watching(Observer):
    pass


def _hook() -> Any:
    return hook()  # type: ignore[name-defined]  # noqa: F821  (each copy of this function has its own)


def _answer(answer: Any) -> Any:
    return answer() if callable(answer) else answer  # as a function, so that one may raise


def module(**hooks: Any) -> ModuleType:
    """A plugin whose hooks answer with these."""
    made = ModuleType("made")
    for name, answer in hooks.items():
        hook = partial(_answer, answer)
        made.__dict__[name] = hookimpl(FunctionType(_hook.__code__, {"hook": hook}, name))
    return made


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    """``load(one=module, two=ImportError())``: plugins as if these alone were installed."""

    def load_(**modules: Any) -> Plugins:
        entries = []
        for name, found in modules.items():
            entry = EntryPoint(name, f"{name}_plugin", PROJECT)
            if isinstance(found, ModuleType):
                monkeypatch.setitem(sys.modules, f"{name}_plugin", found)
            entries.append(entry)
        monkeypatch.setattr(plugins, "entry_points", lambda group: entries)
        return plugins.load.__wrapped__()

    monkeypatch.delenv(plugins.LOAD_PLUGINS, raising=False)
    return load_


def test_the_built_ins_are_there_without_any_plugin(load: Load) -> None:
    found = load()
    assert list(found.executors) == ["inline"]
    assert {"text", "kv", "jsonl"} <= set(found.input_formats)
    assert {"text", "jsonl"} <= set(found.output_formats)
    assert found.executor("inline") is InlineExecutor
    assert found.executors.owner("inline") == "corral-core"


def test_a_plugin_registers_each_kind_under_its_name(load: Load) -> None:
    found = load(
        farm=module(
            corral_executors=[Tractor], corral_storages=[Barn], corral_formats=[Hay, Straw], corral_observers=[Watching]
        )
    )
    assert found.executor("tractor") is Tractor
    assert (found.storages.get("barn"), found.storages.get("shed")) == (Barn, Barn)
    assert (found.input_format("hay"), found.output_format("hay")) == (Hay, Straw)
    assert list(found.observers) == ["Watching"]
    assert [plugin.name for plugin in found.loaded] == ["farm"]
    assert found.executors.owner("tractor") == "farm"


def test_a_name_that_two_plugins_register_is_an_error_that_names_both(load: Load) -> None:
    with pytest.raises(PluginError, match=r"executor 'tractor': a \(.*Tractor\) and b .*uninstall one"):
        load(a=module(corral_executors=[Tractor]), b=module(corral_executors=[Tractor]))
    with pytest.raises(PluginError, match=r"'inline': corral-core .* and a "):
        load(a=module(corral_executors=[InlineExecutor]))


def test_a_class_without_a_name_is_refused() -> None:
    with pytest.raises(PluginError, match=r"plugin a registers the executor .* without a name"):
        Plugins().executors.add("", Tractor, "a")


def test_a_hook_that_corral_does_not_have_is_an_error_that_names_it(load: Load) -> None:
    with pytest.raises(PluginError, match=r"plugin farm .* does not fit corral's hooks: .*corral_tractors"):
        load(farm=module(corral_tractors=[Tractor]))


@pytest.mark.parametrize("when", ["import", "hook"])
def test_a_plugin_that_breaks_is_named_and_breaks_no_other(load: Load, when: str) -> None:
    def broken() -> Any:
        raise ImportError("No module named 'boto3'")

    bad = None if when == "import" else module(corral_executors=broken)
    found = load(bad=bad, good=module(corral_executors=[Tractor]))
    assert found.executor("tractor") is Tractor
    assert [plugin.name for plugin in found.loaded] == ["good"]
    (left,) = found.broken
    assert left.name == "bad"
    assert "No module named" in left.reason
    with pytest.raises(PluginError, match=r"'bad' can't be used because its plugin bad .* failed to load: .*No module"):
        found.executor("bad")


def test_a_built_in_that_breaks_is_a_bug_and_no_plugin(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "corral_core.formats.kv", None)
    with pytest.raises(ImportError):
        load()


def test_an_executor_that_is_not_there_says_where_to_get_it(load: Load) -> None:
    found = load()
    with pytest.raises(PluginError, match="not installed; get it with: pip install corral-lambda"):
        found.executor("lambda")
    with pytest.raises(PluginError, match="there is no executor 'lamda'; installed are inline"):
        found.executor("lamda")
    with pytest.raises(PluginError, match="there is no input format 'xml'; known are "):
        found.input_format("xml")
    with pytest.raises(PluginError, match="there is no output format 'xml'"):
        found.output_format("xml")


@pytest.mark.parametrize(("wanted", "loaded"), [("", []), ("a", ["a"]), (" b , a ", ["a", "b"]), (None, ["a", "b"])])
def test_the_environment_chooses_which_plugins_load(
    *, load: Load, monkeypatch: pytest.MonkeyPatch, wanted: str | None, loaded: list[str]
) -> None:
    if wanted is not None:
        monkeypatch.setenv("CORRAL_LOAD_PLUGINS", wanted)
    found = load(b=module(), a=module(corral_executors=[Tractor]))
    assert [plugin.name for plugin in found.loaded] == loaded


def test_a_plugin_that_is_asked_for_and_not_installed_is_an_error(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORRAL_LOAD_PLUGINS", "shed,a,barn")
    with pytest.raises(PluginError, match="CORRAL_LOAD_PLUGINS names barn, shed, which no installed package brings"):
        load(a=module())


def test_a_registry_gives_its_items_by_name() -> None:
    registry: Registry[int] = Registry("number")
    registry.add("two", 2, "here")
    registry.add("one", 1, "there")
    assert dict(registry.items()) == {"one": 1, "two": 2}
    assert list(registry) == [name for name, _ in registry.items()] == ["one", "two"]


def test_a_hook_that_is_deprecated_warns_with_the_plugins_name(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    @hookspecs.hookspec(warn_on_impl=DeprecationWarning("corral_tractors goes with 0.3: answer corral_executors"))
    def corral_tractors() -> list[Any]:
        return []

    monkeypatch.setattr(hookspecs, "corral_tractors", corral_tractors, raising=False)
    with pytest.warns(DeprecationWarning, match=r"plugin farm \(farm_plugin\): corral_tractors goes with 0\.3"):
        found = load(farm=module(corral_tractors=[], corral_executors=[Tractor]))
    assert found.executor("tractor") is Tractor


@pytest.mark.parametrize(
    ("hook", "answer", "reason"),
    [
        ("corral_executors", None, "corral_executors: TypeError: a hook answers a list, not None"),
        ("corral_executors", Tractor, "corral_executors: TypeError: a hook answers a list, not <class"),
        ("corral_executors", "Tractor", "a hook answers a list, not 'Tractor'"),
        ("corral_executors", [Tractor, Watching], "Watching is no subclass of corral_core.executor.Executor"),
        ("corral_commands", [Tractor], "Tractor is no object of click.Command"),
        ("corral_settings", [Tractor], "Tractor is no subclass of pydantic.BaseModel"),
    ],
    ids=["none", "class", "text", "other class", "no command", "no model"],
)
def test_an_answer_that_can_not_be_used_breaks_its_plugin_alone(
    load: Load, hook: str, answer: Any, reason: str
) -> None:
    found = load(bad=module(**{hook: lambda: answer}), good=module(corral_storages=[Barn]))
    assert [plugin.name for plugin in found.loaded] == ["good"]
    (broken,) = found.broken
    assert reason in broken.reason
    with pytest.raises(PluginError, match=r"there is no executor 'plow'; installed are .*; broken: bad \(see"):
        found.executor("plow")
