"""The examination from its first to its last section."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from corral_core import plugins as plugin_manager
from corral_core.diagnosis import Finding, failed
from corral_core.doctor.asking import PATIENCE, asked
from corral_core.doctor.configuration import configuration
from corral_core.doctor.installation import installation, plugin_findings
from corral_core.doctor.machine import machine
from corral_core.errors import CorralError, PluginError
from corral_core.storage.resolve import storage_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from corral_core.executor import Executor
    from corral_core.plugins import Plugins
    from corral_core.settings.api import Settings

__all__ = ["Section", "examine"]


@dataclass(frozen=True)
class Section:
    """What was found of one thing."""

    about: str
    findings: list[Finding]


def examine(locations: Sequence[str], wanted: str | None = None, *, patience: float = PATIENCE) -> Iterator[Section]:
    """Look at everything a run needs, one section after the other, each as soon as it is known.

    :param locations: inputs and working locations; by default the working location that is set.
    :param wanted: the only executor to look at; by default all of them.
    :param patience: seconds to wait for each answer of a cloud.
    """
    try:
        plugins = plugin_manager.load()
    except PluginError as error:
        broken = Finding("plugins", "failed", str(error), "nothing runs until that is settled")
        yield Section("installation", [installation(), broken])
        return
    yield Section("installation", [installation(), *plugin_findings(plugins)])
    settings, findings = configuration()
    yield Section("settings", findings)
    core = settings.core
    effective = wanted or str(core.executor)
    executor, refused = _made(plugins, effective, settings)
    here = 0 if executor is None or executor.capabilities.remote else executor.capabilities.slots or 1
    yield Section("this machine", list(machine(core.spill_directory, core.task_memory, here)))
    yield Section(f"executor {effective}", refused or _asked(executor, patience))
    for name in [] if wanted else [name for name in plugins.executors if name != effective]:
        executor, refused = _made(plugins, name, settings)
        findings = refused or _asked(executor, patience)
        yield Section(f"executor {name}", [_unasked(name, finding) for finding in findings])
    # Nobody works with a cloud in the current directory, which is the default.
    for location in locations:
        yield Section(location, list(_located(location, plugins, patience)))
    if not locations and (here or settings.is_set("workingLocation")):
        place = core.working_location
        yield Section(f"working location {place}", list(_located(place, plugins, patience)))


def _made(plugins: Plugins, name: str, settings: Settings) -> tuple[Executor | None, list[Finding]]:
    """The executor, or why there is none."""
    try:
        return plugins.executor(name).from_settings(settings), []
    except CorralError as error:
        return None, [failed("executor", error)]
    except Exception as error:  # noqa: BLE001  (whatever a plugin raises must not end the examination)
        return None, [Finding("executor", "failed", f"it can't be made: {type(error).__name__}: {error}")]


def _asked(executor: Executor | None, patience: float) -> list[Finding]:
    if executor is None:
        return []
    try:
        return list(asked(executor.diagnose, patience))
    finally:
        executor.close()


def _unasked(name: str, finding: Finding) -> Finding:
    """What nobody has asked for is no failure: most people use one cloud, or none."""
    if finding.state != "failed":
        return finding
    more = f"nothing, unless you want to use it: corral doctor --executor {name} says more"
    return replace(finding, state="warning", detail=finding.detail.partition(": ")[0], remedy=more)


def _located(location: str, plugins: Plugins, patience: float) -> Iterable[Finding]:
    try:
        storage = storage_for(location, plugins.storage_references())
        look: Callable[[], Iterable[Finding]] = partial(storage.diagnose, storage.normalize(location))
    except CorralError as error:
        return [failed("storage", error)]
    return asked(look, patience)
