"""A ``corralrc`` that sets nothing and shows everything: each setting under its heading, with help, default and a line
to take the comment's mark away from."""

from __future__ import annotations

import json
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Literal

from corral_core.settings.fields import show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from corral_core.settings.schema import Setting

__all__ = ["FORMATS", "Format", "template"]

Format = Literal["toml", "yaml", "json"]
FORMATS: tuple[Format, ...] = ("toml", "yaml", "json")

_WIDTH = 100
_HEAD = "Settings of corral. Take the # away from a line to set it. Flags and CORRAL_* variables come before this file."
_BETWEEN = {"toml": " = ", "yaml": ": "}
_EXAMPLES: dict[str, Any] = {
    "size": "100 MiB",
    "duration": "15 min",
    "limit": "1%",
    "share": "50%",
    "integer": 1,
    "number": 1.0,
    "switch": True,
    "list": ["a", "b"],
}
"""A value for a setting that has none by default, by kind; a text's is empty, unless its field has examples."""


def template(settings: Iterable[Setting], form: Format) -> str:
    """The file's text, which loads and changes nothing. JSON has no comments: there each setting stands as null, which
    counts as not given."""
    groups: dict[str, list[Setting]] = {}
    for setting in settings:
        groups.setdefault(setting.group, []).append(setting)
    ordered = [setting for group in groups.values() for setting in group]
    if form == "json":
        return json.dumps(dict.fromkeys(setting.name for setting in ordered), indent=2) + "\n"
    lines = [*_comment(_HEAD)]
    for group, members in groups.items():
        lines += ["", f"### {group}"]
        for setting in members:
            lines += ["", *_entry(setting, _BETWEEN[form])]
    return "\n".join(lines) + "\n"


def _entry(setting: Setting, between: str) -> Iterator[str]:
    default = setting.field.get_default(call_default_factory=True)
    text = " ".join((setting.field.description or "").split())
    known = f"Default: {show(setting.field, default) or 'none'}." if default is not None else "Not set by default."
    yield from _comment(f"{text} {known}".strip())
    yield f"#{setting.name}{between}{_written(setting, default)}"


def _comment(text: str) -> list[str]:
    return wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def _written(setting: Setting, default: Any) -> str:
    """A value, so that TOML and YAML both read it as JSON does."""
    if default is None:
        examples = setting.field.examples or [_EXAMPLES.get(setting.kind, "")]
        return json.dumps(examples[0], ensure_ascii=False)
    if setting.kind == "list":
        return json.dumps(list(default), ensure_ascii=False)
    if setting.kind == "secret":
        return '""'
    plain = default if isinstance(default, bool | int | float) and setting.kind not in _SHOWN else None
    return json.dumps(show(setting.field, default) if plain is None else plain, ensure_ascii=False)


_SHOWN = frozenset({"size", "duration", "share"})
"""Kinds that are written as people read them, with a unit."""
