"""The suites, over whatever is checked. Only :mod:`corral_core.testing.check.run` collects this module."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from corral_core.storage.resolve import storage_for
from corral_core.testing.executors import ExecutorSuite
from corral_core.testing.formats import InputFormatSuite, OutputFormatSuite
from corral_core.testing.jobs import TaskBench
from corral_core.testing.storages import StorageSuite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from corral_core.executor import Executor
    from corral_core.formats.api import InputFormat, OutputFormat
    from corral_core.storage.api import Storage
    from corral_core.testing.check.subject import Subject

__all__ = ["TestExecutor", "TestInputFormat", "TestOutputFormat", "TestStorage"]


class TestExecutor(ExecutorSuite):
    """An executor, from the settings of every layer."""

    @pytest.fixture(autouse=True)
    def _given(self, subject: Subject) -> None:
        self._subject = subject

    def make_executor(self) -> Executor:
        """A new one."""
        assert self._subject.executor is not None
        return self._subject.executor()

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[TaskBench]:
        """Tasks whose files go with the test."""
        if self._subject.location is None:
            yield TaskBench(tmp_path / "job", str(tmp_path / "data"))
            return
        storage = storage_for(self._subject.location)
        place = _place(storage, self._subject.location)
        yield TaskBench(tmp_path / "job", place)
        storage.delete_tree(place)


class TestStorage(StorageSuite):
    """A storage, as a worker makes it."""

    @pytest.fixture
    def storage(self, subject: Subject) -> Storage:
        """The storage under test."""
        assert subject.storage is not None
        return subject.storage

    @pytest.fixture
    def base(self, subject: Subject, storage: Storage) -> Iterator[str]:
        """A directory that goes with the test."""
        assert subject.location is not None
        place = _place(storage, subject.location)
        yield place
        storage.delete_tree(place)


class TestInputFormat(InputFormatSuite):
    """An input format, over files that were given or that its output format wrote."""

    @pytest.fixture(autouse=True)
    def _given(self, subject: Subject) -> None:
        assert subject.input_format is not None
        self.format: type[InputFormat] = subject.input_format  # type: ignore[misc]  # of this instance alone
        self.samples = subject.samples  # type: ignore[misc]  # likewise


class TestOutputFormat(OutputFormatSuite):
    """An output format, with the input format that reads its files."""

    @pytest.fixture(autouse=True)
    def _given(self, subject: Subject) -> None:
        assert subject.output_format is not None
        assert subject.input_format is not None
        self.format: type[OutputFormat] = subject.output_format  # type: ignore[misc]  # of this instance alone
        self.reader: type[InputFormat] = subject.input_format  # type: ignore[misc]  # likewise
        self.records = subject.records  # type: ignore[misc]  # likewise


def _place(storage: Storage, location: str) -> str:
    return storage.join(storage.normalize(location), f"corral-check-{uuid4().hex[:12]}")
