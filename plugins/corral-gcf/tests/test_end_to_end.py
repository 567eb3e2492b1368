"""The command with ``--executor gcf``, from upload to output, on a Google Cloud of this machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_gcf.testing import LocalGcp

    Corral = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = [pytest.mark.servers, pytest.mark.slow]

EXAMPLES = Path(__file__).parents[3] / "examples"
WORDS = EXAMPLES / "word_count" / "job.py"
TEXT = EXAMPLES / "word_count" / "sample" / "words.txt"
JOIN = EXAMPLES / "amplab" / "join.py"
TABLES = sorted((EXAMPLES / "amplab" / "sample").glob("*.csv"))

LENGTHS = """
from corral_core import Job

def mapper(key, line):
    for word in line.split():
        yield len(word), 1

def reducer(length, ones):
    yield length, sum(ones)

job = Job(mapper, reducer)
"""


@pytest.fixture
def words(gcp: LocalGcp) -> str:
    """A text, in ``gs://data/in/``."""
    return gcp.put("gs://data/in/words.txt", TEXT.read_bytes())


def remote(gcp: LocalGcp, below: str = "out") -> dict[str, bytes]:
    found = gcp.objects(f"gs://data/{below}")
    return {name: data for name, data in found.items() if name.startswith("output-")}


def local(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("output-*")}


def test_word_count_equals_local_processes(gcp: LocalGcp, corral: Corral, words: str, tmp_path: Path) -> None:
    corral("--executor", "gcf", WORDS, "gs://data/in/*", "--out", "gs://data/out", "--reducers", 3)
    corral("--executor", "local-process", WORDS, TEXT, "--out", tmp_path / "local", "--reducers", 3)
    assert len(local(tmp_path / "local")) == 3
    assert remote(gcp) == local(tmp_path / "local")
    assert "_SUCCESS" in gcp.objects("gs://data/out")


def test_the_amplab_join_equals_local_processes(gcp: LocalGcp, corral: Corral, tmp_path: Path) -> None:
    inputs = [gcp.put(f"gs://data/{table.name}", table.read_bytes()) for table in TABLES]
    small = ("--split-size", 20_000, "--map-bin-size", 20_000, "--reducers", 2)
    corral("--executor", "gcf", JOIN, *inputs, "--out", "gs://data/out", *small)
    corral("--executor", "local-process", JOIN, *TABLES, "--out", tmp_path / "local", *small)
    assert any(local(tmp_path / "local").values())
    assert remote(gcp) == local(tmp_path / "local")


def test_local_processes_read_and_write_cloud_storage(
    gcp: LocalGcp, corral: Corral, words: str, tmp_path: Path
) -> None:
    command = ("--executor", "local-process", WORDS, "--reducers", 2, "--local-workers", 2)
    corral(*command, "gs://data/in/*", "--out", "gs://data/out")
    corral(*command, TEXT, "--out", tmp_path / "local")
    assert remote(gcp) == local(tmp_path / "local")
    assert gcp.calls == []


def test_a_second_run_deploys_nothing_and_a_changed_job_gets_a_function_of_its_own(
    gcp: LocalGcp, corral: Corral, words: str, tmp_path: Path
) -> None:
    job = tmp_path / "here" / "job.py"
    job.write_text(LENGTHS)
    command = ("--executor", "gcf", job, "gs://data/in/*", "--out", "gs://data/out", "--overwrite")
    corral(*command)
    assert gcp.changes == ["Upload", "CreateFunction", "SetIamPolicy"]
    gcp.calls.clear()
    corral(*command)
    assert [call.operation for call in gcp.calls].count("Invoke") >= 2
    assert gcp.changes == []
    before = remote(gcp)
    job.write_text(LENGTHS.replace("len(word), 1", "len(word), 2"))
    corral(*command)
    assert gcp.changes == ["Upload", "CreateFunction", "SetIamPolicy"]
    assert remote(gcp) != before


def test_a_dependency_and_a_local_package_go_along(
    gcp: LocalGcp,
    corral: Corral,
    tmp_path: Path,
    wheel: Callable[[str, str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UV_FIND_LINKS", str(wheel("corral_test_shouting", "def shout(word): return word.upper()")))
    here = tmp_path / "here"
    (here / "helpers").mkdir()
    (here / "helpers" / "__init__.py").write_text("")
    (here / "helpers" / "words.py").write_text("def words(line): return line.split()")
    (here / "job.py").write_text(
        '# /// script\n# dependencies = ["corral-test-shouting==1.0"]\n# ///\n'
        "from corral_core import Job, Sum\nfrom helpers.words import words\n\n\n"
        "def mapper(key, line):\n"
        "    from corral_test_shouting import shout\n"
        "    for word in words(line):\n        yield shout(word), 1\n\n\njob = Job(mapper, Sum())\n"
    )
    gcp.put("gs://data/in.txt", b"a b\nb\n")
    corral("--executor", "gcf", "job.py", "gs://data/in.txt", "--out", "gs://data/out", "--reducers", 1)
    assert remote(gcp) == {"output-0": b"A\t1\nB\t2\n"}


def test_two_jobs_at_once_under_one_name_both_end_right(
    gcp: LocalGcp, corral: Corral, words: str, tmp_path: Path
) -> None:
    (tmp_path / "here" / "lengths.py").write_text(LENGTHS)
    jobs = {"words": str(WORDS), "lengths": "lengths.py"}
    running = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "corral_core", "--executor", "gcf", job, "gs://data/in/*"),
                *("--out", f"gs://data/{name}", "--reducers", "2"),
            ],
            cwd=tmp_path / "here",
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, job in jobs.items()
    ]
    for process in running:
        _, said = process.communicate(timeout=100)
        assert process.returncode == 0, said
    for name, job in jobs.items():
        corral("--executor", "inline", job, TEXT, "--out", tmp_path / name, "--reducers", 2)
        assert remote(gcp, name) == local(tmp_path / name)


def test_undeploy_leaves_the_project_empty_and_may_be_repeated(
    gcp: LocalGcp, corral: Corral, words: str, tmp_path: Path
) -> None:
    (tmp_path / "here" / "lengths.py").write_text(LENGTHS)
    for job in (WORDS, "lengths.py"):
        corral("--executor", "gcf", job, "gs://data/in/*", "--out", "gs://data/out", "--overwrite")
    assert len(gcp.control.functions.by_name) == len(gcp.sources()) == 2
    for _ in range(2):
        corral("--executor", "gcf", "--undeploy")
    assert gcp.control.functions.by_name == {}
    assert gcp.sources() == []
    assert set(gcp.objects("gs://data")) == {"in/words.txt", *(f"out/{n}" for n in gcp.objects("gs://data/out"))}
