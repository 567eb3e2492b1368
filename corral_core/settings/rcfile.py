"""Finds and reads ``corralrc`` files: JSON, YAML or TOML, by their suffix or by their content."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from corral_core.errors import SettingsError, reason_of
from corral_core.settings.names import canonical

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import yaml

__all__ = ["Pairs", "find", "line_of", "read"]

Pairs = list[tuple[str, Any]]
"""Keys with their values in the order of the file; a key that stands there twice is there twice."""

# A key of any of the three formats, at the start of a line or of an object, or behind the pair before it.
_KEY = re.compile(r"""(?:^|[{,])\s*["']?([\w-]+)["']?\s*[:=]""", re.MULTILINE)

# JSON is an object; a TOML file begins with a table or `key =`; YAML is what remains.
_TOML = re.compile(r"""\s*(\[|[\w."'-]+\s*=)""")


def find(directory: Path) -> Path | None:
    """The rc file of a directory, if it has one.

    :raises SettingsError: when it has several, or can't be looked into.
    """
    try:
        found = [path for name in ("", *_READERS) if _is_there(path := directory / f"corralrc{name}")]
    except OSError as error:
        raise SettingsError(f"{directory} can't be searched for a corralrc: {reason_of(error)}") from error
    if len(found) > 1:
        raise SettingsError(f"there are two rc files, {found[0]} and {found[1]}; keep one of them")
    return found[0] if found else None


def _is_there(path: Path) -> bool:
    try:
        path.stat()  # not exists(), which from Python 3.14 on takes a directory that can't be searched for an empty one
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def read(path: Path) -> Pairs:
    """What an rc file says.

    :raises SettingsError: when it can't be read, or is not a table of names and values.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"rc file {path} can't be read: {reason_of(error)}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"rc file {path} can't be read: {error}; save it as UTF-8") from error
    suffix = path.suffix if path.suffix in _READERS else _guess(text)
    try:
        pairs = _READERS[suffix](text)
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise SettingsError(f"rc file {path} is not valid {suffix[1:].upper()}: {reason}") from error
    for key, _ in pairs:
        if not isinstance(key, str):
            raise SettingsError(f"rc file {path} has the key {key!r}, which is not a name; put it in quotes")
    return pairs


def line_of(path: Path, name: str) -> int | None:
    """The line, from 1, on which an rc file that can be read has a setting, in any spelling; None for none."""
    text = path.read_text("utf-8-sig")
    found = (match for match in _KEY.finditer(text) if canonical(match[1]) == canonical(name))
    return next((text.count("\n", 0, match.start(1)) + 1 for match in found), None)


def _guess(text: str) -> str:
    lines = (line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    first = next(lines, "")
    if first.lstrip().startswith("{"):
        return ".json"
    return ".toml" if _TOML.match(first) else ".yaml"


def _json(text: str) -> Pairs:
    # The hook sees inner objects first and the whole last; only the whole must stay a list of pairs.
    outer: Pairs = []

    def keep(pairs: Pairs) -> dict[str, Any]:
        outer[:] = pairs
        return dict(pairs)

    if not isinstance(json.loads(text, object_pairs_hook=keep), dict):
        raise ValueError("it must be an object of names and values")  # noqa: TRY004  (read() reports ValueError)
    return outer


def _toml(text: str) -> Pairs:
    import tomllib

    return list(tomllib.loads(text).items())


def _yaml(text: str) -> Pairs:
    import yaml

    try:
        return _mapped(yaml.SafeLoader(text))
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _mapped(loader: yaml.SafeLoader) -> Pairs:
    from yaml import MappingNode

    try:
        node = loader.get_single_node()
        if node is None:
            return []
        if not isinstance(node, MappingNode):
            raise ValueError("it must be a mapping of names and values")  # noqa: TRY004  (read() reports ValueError)
        # Key by key, because a dict would hide a key that stands there twice.
        return [(loader.construct_object(key, deep=True), loader.construct_object(value, deep=True))
                for key, value in node.value]  # fmt: skip
    finally:
        loader.dispose()


_READERS: dict[str, Callable[[str], Pairs]] = {".json": _json, ".yaml": _yaml, ".yml": _yaml, ".toml": _toml}
