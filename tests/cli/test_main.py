"""What the command does with its arguments, and how each way to fail ends."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest

from corral_core.cli import main as main_module

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("arguments", [["--version"], ["job.py", "--version"]])
def test_the_versions_go_to_stdout_one_a_line(arguments: list[str], corral: Any) -> None:
    outcome = corral(*arguments)
    assert (outcome.code, outcome.err) == (0, "")
    first, *plugins, python, _ = outcome.out.splitlines()
    assert first == f"corral-core {version('corral-core')}"
    assert f"corral-local-process {version('corral-local-process')}" in plugins
    assert python == f"Python {platform.python_version()}"


def test_a_plugin_whose_package_is_gone_is_marked(tmp_path: Path, corral: Any, monkeypatch: Any) -> None:
    info = tmp_path / "corral_moon-3.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: corral-moon\nVersion: 3.1\n")
    (info / "entry_points.txt").write_text("[corral]\nmoon = corral_moon.plugin\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    lines = corral("--version").out.splitlines()
    assert "corral-moon 3.1 (broken: no package corral_moon; see corral plugins)" in lines


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "no job given; try: corral job.py in.txt --out result/ (corral --help says more)"),
        (["-o", "out"], "no job given; try: corral job.py in.txt --out result/ (corral --help says more)"),
        (["--splt-size", "3", "job.py"], "no such option --splt-size; did you mean --split-size?"),
        (["job.py", "in.txt", "--xyzzy"], "no such option --xyzzy; see: corral --help"),
        (["job.py", "in.txt", "--split-size"], "option '--split-size' requires an argument; see: corral --help"),
        (["plugins", "extra"], "got unexpected extra argument (extra); see: corral plugins --help"),
        (["completion"], "missing argument 'SHELL'; choose from: bash, zsh, fish; see: corral completion --help"),
        (["plugins", "--jsn"], "no such option --jsn; see: corral plugins --help"),
        (["job.py"], "no input given; name files, globs or directories after the job"),
        (["job.py", "--lambda", "--executor", "inline"],
         "--lambda and --executor inline ask for two executors; give one of them"),
    ],
    ids=lambda value: "" if isinstance(value, str) else " ".join(value) or "nothing",
)  # fmt: skip
@pytest.mark.usefixtures("here")
def test_bad_usage_is_one_sentence_and_exit_code_2(arguments: list[str], sentence: str, corral: Any) -> None:
    outcome = corral(*arguments)
    assert outcome.code == 2
    assert outcome.sentence == sentence


@pytest.mark.parametrize(
    ("word", "hints"),
    [("repotr", ["corral: did you mean the command: corral report"]), ("xyzzy", [])],
    ids=["near", "nothing near"],
)
@pytest.mark.usefixtures("here")
def test_a_mistaken_subcommand_gets_the_nearest(word: str, hints: list[str], corral: Any) -> None:
    first, *rest = corral(word, "out").err.splitlines()
    assert first == (
        f"corral: there is no module {word} to load a job from, nor a file of that name: name a Python file, or "
        "a module below the current directory or on PYTHONPATH"
    )
    assert rest == hints


def test_a_job_that_lacks_a_module_is_not_taken_for_a_subcommand(here: Path, corral: Any) -> None:
    (here / "plans.py").write_text("import plns\n")
    assert corral("plans", "in.txt").sentence.endswith("No module named 'plns'; install what it imports")


@pytest.mark.usefixtures("here")
def test_a_flag_of_a_plugin_that_is_not_there_names_its_package() -> None:
    """The flag that is most like it would be another thing altogether."""
    ended = subprocess.run(
        [sys.executable, "-m", "corral_core", "job.py", "in.txt", "--lambda-memory", "512"],
        env={**os.environ, "CORRAL_LOAD_PLUGINS": "local-process"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr == (
        "corral: no such option --lambda-memory; it may belong to corral-lambda, which is not loaded: pip install "
        "corral-lambda, or see: corral plugins\n"
    )


def test_a_subcommand_is_one_only_as_the_first_argument(here: Path, corral: Any) -> None:
    outcome = corral("job.py", "config", "--executor", "inline")
    assert outcome.code == 2
    assert "config" in outcome.sentence  # as an input that matches nothing
    assert not (here / "output-0").exists()


def test_a_file_named_like_a_subcommand_runs_by_its_path(here: Path, corral: Any) -> None:
    (here / "job.py").rename(here / "config.py")
    assert corral("./config.py", "in.txt", "--executor", "inline", "-o", "out").code == 0


def test_an_unknown_bug_shows_its_traceback_and_asks_for_a_report(corral: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(main_module, "_dispatch", {}.__getitem__)
    outcome = corral("surprise")
    assert outcome.code == 1
    assert "TypeError: " in outcome.err
    assert outcome.err.splitlines()[-1].startswith("corral: this is a bug")


def test_an_interrupt_is_one_line_and_exit_code_130(corral: Any, monkeypatch: Any) -> None:
    def interrupt(_: list[str]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(main_module, "_dispatch", interrupt)
    outcome = corral()
    assert (outcome.code, outcome.sentence) == (130, "interrupted")


def test_an_interrupt_before_there_is_a_guard_ends_quietly() -> None:
    code = """
import builtins, sys
from corral_core.cli.main import main
real = builtins.__import__
def interrupted(name, *rest):
    if name == "click":
        raise KeyboardInterrupt
    return real(name, *rest)
builtins.__import__ = interrupted
main(["--version"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def run_python(code: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def test_the_version_costs_no_import_of_the_large_libraries() -> None:
    code = """
import sys
from corral_core.cli.main import main
try:
    main(["--version"])
except SystemExit:
    print(sorted({"pydantic", "rich", "pluggy", "yaml", "fsspec", "asyncio"} & set(sys.modules)))
"""
    assert run_python(code).splitlines()[-1] == "[]"


@pytest.mark.usefixtures("here")
def test_a_run_without_a_terminal_never_imports_rich() -> None:
    code = """
import sys
from corral_core.cli.main import main
try:
    main(["job.py", "in.txt", "--executor", "inline", "-o", "out"])
except SystemExit as leave:
    print(leave.code, sorted({"rich", "yaml", "fsspec", "asyncio", "memray"} & set(sys.modules)))
"""
    assert run_python(code).strip() == "0 []"


@pytest.mark.parametrize("arguments", [["--help"], ["config"], ["plugins"], ["--version"]], ids=" ".join)
def test_a_reader_that_stops_reading_is_no_error(arguments: list[str]) -> None:
    code = "import sys; from corral_core.cli.main import main; main(sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    with process:
        assert process.stderr.read() == ""
    assert process.returncode == 141
