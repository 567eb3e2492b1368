from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corral_core.engine.badlimit import BadRecordLimit
from corral_core.engine.commit import Location
from corral_core.engine.journal import Claimed, Cut, Journal, read_journal
from corral_core.engine.ledger import Ledger
from corral_core.engine.phase import Pieces
from corral_core.storage.resolve import storage_for
from corral_core.tasks import Done, Split, Stats, TaskId
from tests.engine.conftest import Timeline

if TYPE_CHECKING:
    from pathlib import Path

DONE = Done(TaskId("run", 0, "map", 0), Stats(), {})
PIECES = Pieces((3, 4), ((Split("in", 0, 1, 2),), (Split("in", 1, 2, 2),)))


class Book:
    """A ledger and what is in its files."""

    def __init__(self, folder: Path) -> None:
        self.storage, self.folder, self.clock = storage_for(str(folder)), folder, Timeline()
        self.location = Location(self.storage, str(folder))
        self.ledger = Ledger(Journal(self.storage, str(folder), 0, 0.0), self.location, self.clock, BadRecordLimit(0))

    def written(self) -> list[object]:
        return list(read_journal(self.storage, str(self.folder)))


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path)


def test_answers_are_written_when_they_are_due(book: Book) -> None:
    assert book.ledger.due() is None
    book.ledger.won(DONE)
    due = book.ledger.due()
    assert due is not None
    book.ledger.tend(due / 2)
    assert book.written() == []
    book.ledger.tend(due)
    assert book.written() == [DONE]
    assert book.ledger.due() is None


def test_a_cut_is_written_with_its_stage(book: Book) -> None:
    book.ledger.enter(2)
    book.ledger.cut(0, PIECES)
    book.ledger.flush()
    assert book.written() == [Cut(2, 0, PIECES.numbers, PIECES.splits)]


def test_a_claim_is_written_at_once(book: Book) -> None:
    book.ledger.claimed()
    assert book.ledger.owns_outputs
    assert book.written() == [Claimed()]


def test_an_output_that_is_taken_is_removed(book: Book, tmp_path: Path) -> None:
    (tmp_path / "output-0").write_bytes(b"another's")
    book.ledger.taken(str(tmp_path / "output-0"))
    assert not (tmp_path / "output-0").exists()


def test_a_claim_that_can_t_be_written_is_an_error(book: Book, tmp_path: Path) -> None:
    """A resumed run would take the outputs for another's."""
    (tmp_path / "journal").write_bytes(b"in the way")
    with pytest.raises(FileExistsError):
        book.ledger.claimed()


def test_a_journal_that_can_t_be_written_ends_no_run_and_is_written_later(book: Book, tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(b"in the way")
    book.ledger.won(DONE)
    book.ledger.tend(10)
    book.ledger.flush()
    (tmp_path / "journal").unlink()
    book.ledger.tend(1000)
    assert book.written() == [DONE]
