from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest

from corral_core.cli.bundle import bundle

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _cached(shared_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(shared_cache))


@pytest.mark.servers
@pytest.mark.timeout(300)
@pytest.mark.parametrize("way", ["flag", "rc file", "option in code"])
def test_a_bundle_is_shown_and_written(here: Path, corral: Any, way: str) -> None:
    (here / "names.txt").write_text("a")
    flags = ["--include", "names.txt"] if way == "flag" else []
    if way == "rc file":
        (here / "corralrc").write_text('include: ["*.txt"]')
    elif way == "option in code":
        code = (here / "job.py").read_text() + '\ndriver = Driver(job, include=["names.txt"])\n'
        (here / "job.py").write_text(code)
    outcome = corral("bundle", "job.py", "--output", "out.zip", *flags)
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0].split() == ["part", "files", "zipped", "unpacked"]
    assert {"job: job.py", "include: names.txt"} <= set(lines)
    with ZipFile(here / "out.zip") as archive:
        assert archive.read("names.txt") == b"a"
        total = next(line.split() for line in lines if line.startswith("total"))
        assert total[1] == str(len(archive.namelist()))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["none.py"], "there is no job file none.py: name a Python file, or a module such as package.job"),
        (["job.py", "--python", "new"], "--python new is no version such as 3."),
        (["job.py", "--arch", "i386"], "'i386' is not one of 'x86_64', 'arm64'"),
        (["job.py", "--include", "*.csv"], "include *.csv matches no file in "),
        (["job.py", "--requirements", "none.txt"], "none.txt can't be read: no such file or directory"),
        ([], "missing argument 'JOB'"),
    ],
    ids=lambda value: "" if isinstance(value, str) else " ".join(value) or "nothing",
)
@pytest.mark.usefixtures("here")
def test_what_cannot_be_bundled_is_one_sentence(arguments: list[str], sentence: str, corral: Any) -> None:
    outcome = corral("bundle", *arguments)
    assert outcome.code == 2
    assert sentence in outcome.sentence


@pytest.mark.servers
@pytest.mark.timeout(300)
def test_an_output_that_cannot_be_written_is_one_sentence(here: Path, corral: Any) -> None:
    outcome = corral("bundle", "job.py", "--output", "no/where.zip")
    assert outcome.code == 2
    assert outcome.sentence == "the bundle can't be written to no/where.zip: no such file or directory"


def test_it_is_listed_in_the_help(corral: Any) -> None:
    assert f"bundle  {bundle.get_short_help_str(80).rstrip('.')}" in corral("--help").out
