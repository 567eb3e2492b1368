"""Storages with one defect each: local files, but for the defect. ``fails`` is as in ``executors.py``."""

from __future__ import annotations

import io
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

import pytest

from corral_core.storage.local import LocalStorage
from corral_core.testing.storages import StorageSuite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from corral_core.storage.api import ByteRange, FileInfo


class Broken(LocalStorage):
    """Sound, until a method is overridden."""

    fails: ClassVar[set[str]] = set()


class Sound(Broken):
    """Fails in nothing."""


class WritesInPlace(Broken):
    fails: ClassVar = {
        "a_file_is_not_seen_before_it_is_whole",
        "an_exception_leaves_nothing_behind",
        "an_older_file_stays_until_it_is_replaced_whole",
    }

    @contextmanager
    def create(self, path: str, *, exclusive: bool = False) -> Iterator[BinaryIO]:
        if exclusive:
            with super().create(path, exclusive=True) as stream:
                yield stream
            return
        target = Path(self.normalize(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as stream:
            yield stream


class LeavesItsTemporaryFile(Broken):
    fails: ClassVar = {"an_exception_leaves_nothing_behind"}

    @contextmanager
    def create(self, path: str, *, exclusive: bool = False) -> Iterator[BinaryIO]:
        try:
            with super().create(path, exclusive=exclusive) as stream:
                yield stream
        except ZeroDivisionError:
            Path(self.normalize(path) + ".part").touch()
            raise


class OverwritesWhatIsExclusive(Broken):
    fails: ClassVar = {"exclusive_creation_refuses_a_taken_name", "one_of_many_exclusive_writers_wins"}

    @contextmanager
    def create(self, path: str, *, exclusive: bool = False) -> Iterator[BinaryIO]:
        with super().create(path) as stream:
            yield stream


class LooksBeforeItLeaps(Broken):
    fails: ClassVar = {"one_of_many_exclusive_writers_wins"}

    @contextmanager
    def create(self, path: str, *, exclusive: bool = False) -> Iterator[BinaryIO]:
        if exclusive and Path(path).exists():
            raise FileExistsError(path)
        with super().create(path) as stream:
            yield stream


class TakesTheNameOfAFailedFile(Broken):
    fails: ClassVar = {"a_failed_exclusive_creation_leaves_the_name_free"}

    @contextmanager
    def create(self, path: str, *, exclusive: bool = False) -> Iterator[BinaryIO]:
        try:
            with super().create(path, exclusive=exclusive) as stream:
                yield stream
        except ZeroDivisionError:
            if exclusive:
                Path(path).touch()
            raise


class ListsHiddenFiles(Broken):
    fails: ClassVar = {"a_directory_stands_for_all_files_below_but_hidden_ones"}

    def list(self, path: str) -> list[FileInfo]:
        found = super().list(path)
        if not found or not Path(path).is_dir():
            return found
        hidden = [self.stat(str(file)) for file in Path(path).rglob("_*") if file.is_file()]
        return sorted([*found, *hidden], key=lambda info: info.path)


class ListsInNoOrder(Broken):
    fails: ClassVar = {
        "a_directory_stands_for_all_files_below_but_hidden_ones",
        "deleting_takes_what_is_there_and_minds_nothing_else",
        "a_tree_is_deleted_with_hidden_names_and_alone",
        "lists_see_what_was_just_written",
        "a_glob_stands_for_what_it_matches",
    }

    def list(self, path: str) -> list[FileInfo]:
        return super().list(path)[::-1]


class FindsNoFileThatLooksLikeAGlob(Broken):
    fails: ClassVar = {"a_name_with_glob_characters_is_itself_first"}

    def list(self, path: str) -> list[FileInfo]:
        found = super().list(path)
        return [] if "[" in path and [info.path for info in found] == [path] else found


class RemembersListings(Broken):
    fails: ClassVar = {
        "lists_see_what_was_just_written",
        "a_name_with_glob_characters_is_itself_first",
        "strange_names_are_names",
    }

    def __init__(self, scheme: str = "file") -> None:
        super().__init__(scheme)
        self._known: dict[str, list[FileInfo]] = {}

    def list(self, path: str) -> list[FileInfo]:
        return self._known.setdefault(path, super().list(path))


class ReadsShort(Broken):
    fails: ClassVar = {"a_file_of_some_megabytes_survives", "a_split_is_read_from_its_offset_to_the_files_end"}

    def open(self, path: str, offset: int = 0, length: int | None = None) -> BinaryIO:
        with super().open(path, offset, length) as stream:
            return io.BytesIO(stream.read(65536))


class IgnoresTheLength(Broken):
    fails: ClassVar = {
        "a_stream_gives_the_range_asked_for",
        "many_ranges_come_in_the_order_asked_for",
        "a_file_of_some_megabytes_survives",
        "strange_names_are_names",
    }

    def open(self, path: str, offset: int = 0, length: int | None = None) -> BinaryIO:
        return super().open(path, offset)


class AnswersRangesInItsOwnOrder(Broken):
    fails: ClassVar = {"many_ranges_come_in_the_order_asked_for"}

    def read_ranges(self, ranges: Sequence[ByteRange]) -> Iterator[bytes]:
        yield from super().read_ranges(sorted(ranges, key=lambda part: (part.path, part.offset)))


class OpensWhatIsMissing(Broken):
    fails: ClassVar = {"what_is_missing_is_file_not_found", "an_exception_leaves_nothing_behind"}

    def open(self, path: str, offset: int = 0, length: int | None = None) -> BinaryIO:
        with suppress(FileNotFoundError):
            return super().open(path, offset, length)
        return io.BytesIO()


class HasNoVersions(Broken):
    fails: ClassVar = {"stat_tells_the_size_and_a_version_that_changes"}

    def stat(self, path: str) -> FileInfo:
        return replace(super().stat(path), version="1")

    def list(self, path: str) -> list[FileInfo]:
        return [replace(info, version="1") for info in super().list(path)]


class MindsWhatIsMissing(Broken):
    fails: ClassVar = {"deleting_takes_what_is_there_and_minds_nothing_else"}

    def delete(self, paths: Iterable[str]) -> None:
        for path in paths:
            Path(path).unlink()


class DeletesByPrefix(Broken):
    fails: ClassVar = {"a_tree_is_deleted_with_hidden_names_and_alone"}

    def delete_tree(self, path: str) -> None:
        for found in Path(path).parent.glob(Path(path).name + "*"):
            super().delete_tree(str(found))


class QuotesNames(Broken):
    fails: ClassVar = {"strange_names_are_names"}

    def normalize(self, path: str) -> str:
        return super().normalize(path).replace("%25", "%")


class BillsWhatHasNoPrice(Broken):
    fails: ClassVar = {"what_it_bills_has_a_price"}
    billed: ClassVar = {"GET": "broken.get"}


def _suite(broken: type[Broken]) -> type[StorageSuite]:
    def storage(_: Any) -> Broken:
        return broken()

    def base(_: Any, tmp_path: Path) -> str:
        return str(tmp_path / "base")

    fixtures = {"storage": pytest.fixture(storage), "base": pytest.fixture(base)}
    return type(f"Test{broken.__name__}", (StorageSuite,), fixtures)


BROKEN = Broken.__subclasses__()
globals().update({f"Test{broken.__name__}": _suite(broken) for broken in BROKEN})
