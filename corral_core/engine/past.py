"""What earlier drivers of a run have done, from its journal."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from corral_core.engine.journal import Claimed, Cut, Renewed
from corral_core.engine.phase import Pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from corral_core.engine.journal import Entry
    from corral_core.tasks import Done, Phase

__all__ = ["Past"]


class Past:
    """Finished tasks and cuts, by stage; of a new run there are none.

    :param entries: in the order in which they were written. Of two answers to one task the later holds: it was asked
        for again because the earlier one's files were damaged.
    """

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._done: defaultdict[tuple[int, Phase], dict[int, Done]] = defaultdict(dict)
        self._cuts: defaultdict[int, dict[int, Pieces]] = defaultdict(dict)
        self.claimed = False
        """The outputs in the location are this run's."""
        for entry in entries:
            self._add(entry)

    def _add(self, entry: Entry) -> None:
        if isinstance(entry, Cut):
            self._cuts[entry.stage][entry.number] = Pieces(entry.pieces, entry.splits)
        elif isinstance(entry, Claimed):
            self.claimed = True
        elif isinstance(entry, Renewed):
            self.forget_after(entry.stage)
        else:
            self._done[entry.id.stage, entry.id.phase][entry.id.index] = entry

    def done(self, stage: int, phase: Phase) -> dict[int, Done]:
        """The answers of a phase, by the task's number."""
        return self._done[stage, phase]

    def cuts(self, stage: int) -> dict[int, Pieces]:
        """The map tasks of a stage that were cut in two."""
        return self._cuts[stage]

    def answers(self) -> Iterator[Done]:
        """All of them, in no particular order."""
        for done in self._done.values():
            yield from done.values()

    def forget_after(self, stage: int) -> None:
        """What later stages did is of no use."""
        for key in [key for key in self._done if key[0] > stage]:
            del self._done[key]
        for number in [number for number in self._cuts if number > stage]:
            del self._cuts[number]

    def __len__(self) -> int:
        return sum(map(len, self._done.values()))
