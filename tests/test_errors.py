from __future__ import annotations

import inspect
import os
import re

import pytest

from corral_core import errors
from corral_core.errors import CorralError, RecordError, TaskFailedError, UsageError, reason_of

CLASSES = {name: cls for name, cls in vars(errors).items() if inspect.isclass(cls) and issubclass(cls, CorralError)}


def test_all_errors_are_exported() -> None:
    assert [*sorted(CLASSES), "reason_of"] == errors.__all__


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    drawn: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"^ {4}([│├└─ ]*)(\w+)", line)
        if found and found[2] in CLASSES:
            drawn.append((len(found[1]) // 4, found[2]))
    parents: dict[str, str] = {}
    path: list[str] = []
    for depth, name in drawn:
        path = [*path[:depth], name]
        parents[name] = path[-2] if depth else "Exception"
    assert parents == {name: cls.__mro__[1].__name__ for name, cls in CLASSES.items()}


@pytest.mark.parametrize("cls", CLASSES.values(), ids=CLASSES)
def test_what_can_not_be_done_ends_with_two_and_what_failed_with_one(cls: type[CorralError]) -> None:
    assert cls.exit_code == (2 if issubclass(cls, UsageError) else 1)
    assert cls.__doc__


def test_an_error_carries_what_it_is_about() -> None:
    record = RecordError("too long", 17, b"abc")
    assert (record.offset, record.preview, str(record)) == (17, b"abc", "too long")
    task = TaskFailedError("it failed", "stage 0 map 3")
    assert (task.task, task.report, str(task)) == ("stage 0 map 3", None, "it failed")


def test_the_systems_words_begin_small_and_a_stores_stay_as_they_are() -> None:
    assert reason_of(PermissionError(13, os.strerror(13), "/a")) == "permission denied"
    assert reason_of(OSError(5, "NoCredentialsError: none found", "s3://b")) == "NoCredentialsError: none found"
    assert reason_of(OSError("odd")) == "odd"
