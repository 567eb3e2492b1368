"""What a run gives back to a program."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from corral_core.formats.source import open_split
from corral_core.prices import Cost
from corral_core.storage.resolve import storage_for
from corral_core.tasks import Split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import RenderableType

    from corral_core.engine.waste import Waste
    from corral_core.formats.api import InputFormat
    from corral_core.tasks import Output, Stats

__all__ = ["RunResult"]


@dataclass(frozen=True, repr=False)
class RunResult:
    """A run that ended well."""

    run: str
    """The run's id."""
    location: str
    """The working location, where the outputs are."""
    executor: str
    outputs: list[Output]
    """In order: ``output-0``, ``output-1``, ..."""
    counters: dict[str, int]
    stats: Stats
    """In: what the first stage's mappers read. Out: what the outputs hold. Spills and peak memory over all tasks."""
    seconds: float
    waste: Waste
    """Attempts that did not count, in this session."""
    dead_letters: str | None
    """The file of the bad records that were set aside; None when there were none."""
    reader: Callable[[], InputFormat]
    """Makes a reader of the outputs."""
    storages: dict[str, str]
    usage: str = ""
    """What the executor says that its place will bill."""
    cost: Cost = field(default_factory=Cost)
    """What this session's work and requests come to at list prices, attempts that did not count included; without
    items where nothing is billed."""
    params: dict[str, Any] = field(default_factory=dict)
    """The values of the jobs' parameters, as JSON holds them."""

    @property
    def bad_records(self) -> int:
        """How many records were set aside."""
        return self.stats.bad_records

    def records(self) -> Iterator[tuple[Any, Any]]:
        """The outputs' records in order, as the output format reads back: in the text format all are strings."""
        for output in self.outputs:
            storage = storage_for(output.path, self.storages)
            for batch in self.reader().read(open_split(storage, Split(output.path, 0, output.size, output.size))):
                yield from batch.pairs()

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        """The same as :meth:`records`, so that ``dict(result)`` works."""
        return self.records()

    def __repr__(self) -> str:
        # Not the dataclass's, which would be a page.
        counts = f"records in {self.stats.records_in:,}, out {self.stats.records_out:,}"
        return f"<RunResult {self.run} on {self.executor}: {counts}, {self.location}>"

    def __rich__(self) -> RenderableType:
        from corral_core.cli.shown import as_rich

        return as_rich(self)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from corral_core.cli.shown import as_html

        return as_html(self)
