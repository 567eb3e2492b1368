"""Has pytest run a suite, and hears of each promise how it went."""

from __future__ import annotations

import inspect
import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

import pytest

from corral_core.errors import UsageError
from corral_core.testing.check import suites

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_core.testing.check.subject import Subject

__all__ = ["Promise", "check"]

_SUITES = {
    "executor": suites.TestExecutor,
    "storage": suites.TestStorage,
    "input format": suites.TestInputFormat,
    "output format": suites.TestOutputFormat,
}


@dataclass(frozen=True)
class Promise:
    """One test of a suite, when it has run."""

    name: str
    """``it says what it is``."""
    sentence: str
    """What the contract promises: the test's docstring."""
    outcome: Literal["passed", "failed", "skipped"]
    reason: str = ""
    """Of a failure or of a skip, in a line."""
    traceback: str = ""


def check(subject: Subject, heard: Callable[[Promise, int], None], select: str = "") -> None:
    """Run the suite for what is checked.

    :param heard: told of each promise as its test ends, and of the length of the longest name.
    :param select: as pytest's ``-k`` takes it.
    :raises UsageError: when it selects nothing.
    """
    target = f"{suites.__file__}::{_SUITES[subject.kind].__name__}"
    # What the environment has of pytest's plugins and settings is for somebody's own tests.
    os.environ.pop("PYTEST_ADDOPTS", None)
    quiet = ["--disable-plugin-autoload", "-p", "no:terminal", "-p", "no:cacheprovider", "-c", os.devnull]
    with TemporaryDirectory(prefix="corral-check-") as folder:
        places = ["--rootdir", folder, "--basetemp", str(Path(folder, "tests")), "--import-mode", "importlib"]
        hears = _Hears(subject, heard)
        code = pytest.main([target, *quiet, *places, "-k", select], plugins=[hears])
    if hears.left is not None:
        raise hears.left
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        raise UsageError(f"no promise of the suite for {subject.kind}s matches {select!r}; leave out -k to see all")
    if code not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        raise RuntimeError(f"pytest ended with {code!r}")


class _Hears:
    """A plugin of pytest's for one session."""

    def __init__(self, subject: Subject, heard: Callable[[Promise, int], None]) -> None:
        self._subject, self._heard = subject, heard
        self._sentences: dict[str, tuple[str, str]] = {}
        self._reports: list[pytest.TestReport] = []
        self._width = 0
        self.left: SystemExit | None = None
        """Whoever read the output stopped reading."""

    @pytest.fixture
    def subject(self) -> Subject:
        return self._subject

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            function: Any = getattr(item, "function", None)
            name = item.name.removeprefix("test_").partition("[")
            words = name[0].replace("_", " ") + (f" [{name[2]}" if name[1] else "")
            sentence = " ".join(inspect.cleandoc(function.__doc__ or "").split())
            self._sentences[item.nodeid] = words, sentence
            self._width = max(self._width, len(words))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._reports.append(report)
        if report.when != "teardown":
            return
        reports, self._reports = self._reports, []
        try:
            self._heard(_promise(*self._sentences[report.nodeid], reports), self._width)
        except SystemExit as left:  # within pytest it would be an internal error
            self.left = left
            pytest.exit("nobody reads")


def _promise(name: str, sentence: str, reports: list[pytest.TestReport]) -> Promise:
    for report in reports:
        if report.failed:
            return Promise(name, sentence, "failed", _crash(report), report.longreprtext)
        if report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            return Promise(name, sentence, "skipped", reason.removeprefix("Skipped: "))
    return Promise(name, sentence, "passed")


def _crash(report: pytest.TestReport) -> str:
    """The first line of what went wrong."""
    crash = getattr(report.longrepr, "reprcrash", None)
    message: str = crash.message if crash else report.longreprtext
    first = next((line for line in message.splitlines() if line.strip()), "it failed without a word")
    return first.removeprefix("AssertionError: ")
