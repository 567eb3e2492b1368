"""Which modules and names are public (docs/reference/stability.md): a change here is one that others feel."""

from __future__ import annotations

from importlib import import_module

import pytest

PUBLIC = {
    "corral_core.diagnosis": ["Finding", "State", "clock_findings", "failed"],
    "corral_core.errors": [
        "BadRecordsError",
        "CarryError",
        "CorralError",
        "DataError",
        "ExecutorError",
        "ExecutorUnavailable",
        "InputError",
        "JobError",
        "MessageError",
        "OutOfMemory",
        "OutputError",
        "OutputRecordError",
        "OutputTakenError",
        "ParameterError",
        "PartitionError",
        "PluginError",
        "RecordError",
        "ResumeError",
        "RunError",
        "SegmentError",
        "SettingsError",
        "SpillError",
        "TaskFailedError",
        "TaskTimeout",
        "Throttled",
        "UsageError",
        "WorkerLost",
        "reason_of",
    ],
    "corral_core.events": [
        "Event",
        "Observer",
        "Outcome",
        "PhaseFinished",
        "PhaseStarted",
        "RunFinished",
        "RunStarted",
        "Step",
        "TaskCut",
        "TaskFinished",
        "TaskStarted",
    ],
    "corral_core.executor": ["Bundle", "Capabilities", "Executor", "SettingsView"],
    "corral_core.formats.api": ["KEPT", "Batch", "FormatOptions", "InputFormat", "OutputFormat", "Source"],
    "corral_core.formats.lines": ["LineInput"],
    "corral_core.hookspecs": ["PROJECT", "hookimpl"],
    "corral_core.prices": ["Charge", "Cost", "CostItem", "Price", "PriceList", "PriceTable", "Work"],
    "corral_core.storage.api": ["ByteRange", "FileInfo", "Storage", "hidden", "is_utf8"],
    "corral_core.storage.globs": ["Entry", "Tree", "expand", "is_glob", "wanted"],
    "corral_core.storage.streams": ["Held", "window"],
    "corral_core.testing.executors": ["ExecutorBase", "ExecutorSuite"],
    "corral_core.testing.formats": ["InputFormatSuite", "OutputFormatSuite", "read_records", "source_of"],
    "corral_core.testing.jobs": ["SAMPLE_JOB", "Gate", "Tally", "TaskBench"],
    "corral_core.testing.storages": ["StorageBase", "StorageSuite"],
    "corral_core.worker": ["run_task"],
}
"""``corral_core`` itself has a test of its own, ``test_public_api.py``."""


@pytest.mark.parametrize("module", PUBLIC)
def test_the_names_that_a_public_module_offers_are_these(module: str) -> None:
    found = import_module(module)
    assert sorted(found.__all__) == sorted(PUBLIC[module])
    assert [name for name in PUBLIC[module] if not hasattr(found, name)] == []


def test_plugins_get_their_marker_from_either_module() -> None:
    plugins, hookspecs = import_module("corral_core.plugins"), import_module("corral_core.hookspecs")
    assert plugins.hookimpl is hookspecs.hookimpl
