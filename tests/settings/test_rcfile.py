"""rc files in each format, by suffix and by content, and what is wrong with some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from corral_core.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

JSON = '{"splitSize": "1MB", "reducers": 3, "overwrite": true}'
YAML = "# mine\nsplitSize: 1MB\nreducers: 3\noverwrite: true\n"
TOML = '# mine\nsplitSize = "1MB"\nreducers = 3\noverwrite = true\n'


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("corralrc", JSON),
        ("corralrc", YAML),
        ("corralrc", TOML),
        ("corralrc", "---\n" + YAML),
        ("corralrc", "\ufeff" + TOML),
        ("corralrc.json", JSON),
        ("corralrc.yaml", YAML),
        ("corralrc.yml", YAML),
        ("corralrc.yml", JSON),
        ("corralrc.toml", TOML),
    ],
    ids=["json", "yaml", "toml", "yaml-document", "bom", ".json", ".yaml", ".yml", "json-in-.yml", ".toml"],
)
@pytest.mark.parametrize("directory", ["cwd", "private"])
def test_each_format_says_the_same(name: str, text: str, directory: str, load: Any, request: Any) -> None:
    path = request.getfixturevalue(directory) / name
    path.write_text(text, "utf-8")
    settings = load()
    assert (settings.core.split_size, settings.core.reducers, settings.core.overwrite) == (10**6, 3, True)
    assert settings.origin("reducers").where == str(path)


@pytest.mark.parametrize("name", ["corralrc", "corralrc.yaml", "corralrc.toml"])
@pytest.mark.parametrize("text", ["", "# nothing yet\n"])
def test_an_empty_file_sets_nothing(name: str, text: str, load: Any, cwd: Path) -> None:
    (cwd / name).write_text(text)
    assert all(item.origin.layer == "default" for item in load().items())


def test_a_value_of_null_is_one_that_was_not_given(load: Any, cwd: Path) -> None:
    (cwd / "corralrc").write_text('{"splitSize": null}')
    assert not load().is_set("splitSize")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("corralrc", '{"splitSize": }', "not valid JSON"),
        ("corralrc", "splitSize = = 1", "not valid TOML"),
        ("corralrc", "splitSize: [1", "not valid YAML"),
        ("corralrc", "- splitSize", "not valid YAML"),
        ("corralrc", "just words", "not valid YAML"),
        ("corralrc", "\0", "not valid YAML: unacceptable character"),
        ("corralrc", "a: " + "[" * 10_000, "not valid YAML: maximum recursion depth"),
        ("corralrc.json", "[" * 100_000, "not valid JSON: maximum recursion depth"),
        ("corralrc.json", "[1]", "not valid JSON"),
        ("corralrc.json", YAML, "not valid JSON"),
        ("corralrc.json", "", "not valid JSON"),
        ("corralrc", "1: 2", "which is not a name"),
        ("corralrc", "reducers: 1\nreducers: 2", "reducers twice; keep one of them"),
        ("corralrc", '{"reducers": 1, "reducers": 2}', "reducers twice"),
        ("corralrc", "splitSize: 1\nsplit_size: 1", "both splitSize and split_size"),
        ("corralrc", "tractor:\n  name: x", "unknown setting tractor"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(name: str, text: str, says: str, load: Any, cwd: Path) -> None:
    (cwd / name).write_text(text)
    with pytest.raises(SettingsError) as caught:
        load()
    message = str(caught.value)
    assert str(cwd / name) in message
    assert says in message
    assert "\n" not in message


def test_bytes_that_are_no_text_are_refused(load: Any, cwd: Path) -> None:
    (cwd / "corralrc").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"corralrc can't be read"):
        load()


def test_a_private_directory_that_is_not_ours_is_named(load: Any, private: Path, monkeypatch: Any) -> None:
    """By a patch, since root may look into every directory."""
    real = type(private).stat

    def refusing(path: Path, **options: Any) -> Any:
        if path.parent == private:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, **options)

    monkeypatch.setattr(type(private), "stat", refusing)
    with pytest.raises(SettingsError, match=f"{private} can't be searched for a corralrc: permission denied"):
        load()


def test_a_directory_of_that_name_is_refused(load: Any, cwd: Path) -> None:
    (cwd / "corralrc").mkdir()
    with pytest.raises(SettingsError, match=r"corralrc can't be read"):
        load()


def test_two_files_in_one_directory_are_refused(load: Any, cwd: Path) -> None:
    (cwd / "corralrc").write_text("")
    (cwd / "corralrc.toml").write_text("")
    with pytest.raises(SettingsError, match=r"two rc files, .*corralrc and .*corralrc\.toml"):
        load()
