"""The house's style of messages, as far as a program can see it: every one that the source raises or finds is looked
at, whether a test comes by it or not."""

from __future__ import annotations

import ast
import builtins
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from corral_core import errors

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
SOURCES = [*ROOT.glob("corral_core/**/*.py"), *ROOT.glob("plugins/*/corral_*/**/*.py")]

HOLE = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands for what a message is filled in with."""
PROPER = {"AWS", "Cloud", "GCS", "Google", "IAM", "JSON", "Lambda", "NaN", "S3", "TopK"}
"""What a sentence may begin with as it is written."""
TAILS = ("; the end of its log:\n" + HOLE,)
"""What may follow a sentence on lines of its own."""

RAISED = {name for name in errors.__all__ if name[0].isupper()} | {"ValueError", "TypeError"}
BY_SYSTEM = {name for name, cls in vars(builtins).items() if isinstance(cls, type) and issubclass(cls, OSError)}


def template(node: ast.expr) -> str | None:
    """A message as it stands in the source, with holes; None when it is made elsewhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(template(part) or HOLE for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return (template(node.left) or HOLE) + (template(node.right) or HOLE)
    return None


def parts(call: ast.Call) -> list[ast.expr]:
    """The arguments of a call that are sentences for people."""
    name = ast.unparse(call.func).rpartition(".")[2]
    if name in RAISED:
        return call.args[:1]
    if name in BY_SYSTEM:
        return call.args[1:2]
    # A finding that is well has no remedy, and says so by an empty one.
    return [part for part in call.args[2:] if template(part) != ""] if name == "Finding" else []


def messages() -> Iterator[tuple[str, str]]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            for argument in parts(node) if isinstance(node, ast.Call) else ():
                text = template(argument)
                if text is not None:
                    yield f"{path.relative_to(ROOT)}:{argument.lineno}", text


def flaws(text: str) -> list[str]:
    """What is wrong with a message."""
    for tail in TAILS:
        text = text.removesuffix(tail)
    found = [] if text else ["empty"]
    word = re.match(r"[A-Za-z0-9]*", text)
    if word and word[0][:1].isupper() and word[0] not in PROPER:
        found.append("begins with a capital")
    if text.endswith(".") and not text.endswith("..."):
        found.append("ends with a period")
    if re.search(r"\n|  |!|\. [A-Z]", text):
        found.append("more than one sentence, or no plain one")
    return found


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("", "empty"),
        ("The file is gone", "begins with a capital"),
        ("the file is gone.", "ends with a period"),
        (f"the file {HOLE} is gone\nmake it", "more than one sentence, or no plain one"),
        ("it is gone. Make it", "more than one sentence, or no plain one"),
        ("it is  gone", "more than one sentence, or no plain one"),
    ],
)
def test_a_flaw_is_seen(text: str, flaw: str) -> None:
    assert flaws(text) == [flaw]


@pytest.mark.parametrize("text", ["the file is gone: make it", f"{HOLE} is gone", "AWS answered", "give A, B, ..."])
def test_a_sound_message_has_none(text: str) -> None:
    assert flaws(text) == []


def test_every_message_is_one_lower_case_sentence_without_a_period() -> None:
    found = list(messages())
    assert len(found) > 300  # a walk that finds nothing would find no fault
    assert [f"{place}: {flaw}: {text!r}" for place, text in found for flaw in flaws(text)] == []
