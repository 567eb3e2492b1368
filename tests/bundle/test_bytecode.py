from __future__ import annotations

import sys

import pytest

from corral_core.bundle import Target
from corral_core.bundle.bytecode import can_compile, compiled

TAG = sys.implementation.cache_tag


def test_bytecode_needs_no_time_and_names_no_place() -> None:
    sources = {"a.py": b"x = 1", "pack/b.py": b"def f(): return {'a', 'b', 'c'}", "pack/c.txt": b"x ="}
    made = compiled(sources)
    assert sorted(made) == [f"__pycache__/a.{TAG}.pyc", f"pack/__pycache__/b.{TAG}.pyc"]
    assert made == compiled(dict(reversed(sources.items())))
    for data in made.values():
        assert int.from_bytes(data[4:8], "little") == 1  # by the source's hash, unchecked (PEP 552)
        assert b"/tmp" not in data


def test_what_is_no_python_stays_as_it_is() -> None:
    """Packages bring templates, and code for other versions."""
    assert compiled({"template.py": b"{{ name }} = ", "binary.py": b"\0"}) == {}


@pytest.mark.parametrize(("python", "can"), [(Target.python, True), ("3.99", False)])
def test_bytecode_is_for_the_same_version_only(python: str, can: bool) -> None:
    assert can_compile(Target(python=python)) == can
