"""Keeps the report of a run while it runs, and leaves it in the location when it is over. A report that can't be made,
or read, costs nobody a run."""

from __future__ import annotations

import platform
from contextlib import suppress
from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple

from corral_core.engine.policy import policy_of
from corral_core.errors import CorralError
from corral_core.report import store
from corral_core.report.api import SetAside, SettingValue, Versions
from corral_core.report.recorder import Recorder, RunFacts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from corral_core.engine.clock import Clock
    from corral_core.engine.setup import Setup
    from corral_core.engine.totals import Totals
    from corral_core.events import Event
    from corral_core.plugins import Plugins
    from corral_core.prices import Cost
    from corral_core.report.api import Report
    from corral_core.settings import Settings
    from corral_core.tasks import Output

__all__ = ["Left", "Reporting"]


class Left(NamedTuple):
    """What a run has put in its location, as far as it came."""

    outputs: Sequence[Output] = ()
    """Once all are there."""
    dead_letters: str | None = None
    """The file of bad records."""


class Reporting:
    """The report of a session that begins now."""

    def __init__(self, clock: Clock) -> None:
        self._recorder = Recorder(clock.now)
        self._failure: Exception | None = None

    def see(self, event: Event) -> None:
        """Write it down."""
        if self._failure is None:
            try:
                self._recorder.on_event(event)
            except Exception as failure:  # noqa: BLE001  (told at the end: no run fails for its report)
                self._failure = failure

    def go_on(self, setup: Setup) -> None:
        """The session goes on with earlier ones, if there were any."""
        if setup.session:
            self._recorder.recall(setup.session, _earlier(setup), setup.past.answers())

    def leave(self, setup: Setup, totals: Totals, left: Left, cost: Cost, error: BaseException | None) -> str:
        """Write the report, or remove an older one when none is wanted; answers its path.

        :param left: what the run has put beside it.
        :raises Exception: whatever went wrong with it, which is no reason to fail.
        """
        location = setup.location
        if not setup.settings.core.report:
            location.storage.delete([location.report])
            return ""
        bad_records = sum(part.records for part in totals.dead_letters)
        if self._failure is not None:
            raise self._failure
        facts = RunFacts(
            outputs=left.outputs,
            dead_letters=SetAside(left.dead_letters, bad_records) if left.dead_letters else None,
            counters=totals.counters,
            usage=setup.executor.usage(),
            cost=list(cost.items),
            slots=policy_of(setup).limit,
            settings=list(_settings(setup.settings)),
            versions=_versions(setup.plugins),
        )
        store.write(location.storage, location.report, self._recorder.encoded(error, facts))
        return location.report


def _earlier(setup: Setup) -> Report | None:
    location = setup.location
    with suppress(OSError, CorralError):
        found = store.decode(store.read(location.storage, location.report), location.report)
        if found.run == setup.folder.run:
            return found
    return None


def _settings(settings: Settings) -> Iterator[SettingValue]:
    for item in settings.items():
        origin = item.origin
        yield SettingValue(
            item.setting.name, item.shown, str(origin), item.setting.group, default=origin.layer == "default"
        )


def _versions(plugins: Plugins) -> Versions:
    distributions = dict(plugin.distribution.split(" ", 1) for plugin in plugins.loaded if " " in plugin.distribution)
    return Versions(version("corral-core"), platform.python_version(), platform.platform(), distributions)
