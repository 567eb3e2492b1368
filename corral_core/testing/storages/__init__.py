"""The contract of storages as a test suite.

A plugin's test file subclasses it and says where to write::

    from corral_core.testing.storages import StorageSuite

    class TestRamStorage(StorageSuite):
        @pytest.fixture
        def storage(self):
            return RamStorage("ram")

        @pytest.fixture
        def base(self):
            return "ram://some/new/place"

Needs pytest: ``pip install 'corral-core[testing]'``. Each test is a promise, and its docstring says which.
"""

from __future__ import annotations

from corral_core.testing.storages.base import StorageBase
from corral_core.testing.storages.listing import Listing
from corral_core.testing.storages.names import Names
from corral_core.testing.storages.reading import Reading
from corral_core.testing.storages.removing import Removing
from corral_core.testing.storages.writing import Writing

__all__ = ["StorageBase", "StorageSuite"]


class StorageSuite(Names, Removing, Writing, Reading, Listing):  # the last one's tests come first
    """What every storage must do. Give the fixtures ``storage`` and ``base``; ``can_replace = False`` says that a store
    keeps what was written."""
