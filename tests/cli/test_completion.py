"""Completion: what may come next, and in real shells, at a terminal."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SHELLS = ("bash", "zsh", "fish")
PATIENCE = 60
STARTS = {
    "bash": ["--norc", "--noprofile"],
    "zsh": ["-f"],
    "fish": ["--no-config"],
}
PREPARE = {
    "bash": "bind 'set show-all-if-ambiguous on'; bind 'set bell-style none'; source <(corral completion bash)",
    "zsh": "autoload -Uz compinit; compinit -u -D; unsetopt beep; source <(corral completion zsh)",
    "fish": "corral completion fish | source",
}
ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][A-Z0-9]|[=>78])")


def asked(*words: str) -> list[str]:
    """The answers, without their helps."""
    code = "import sys; from corral_core.cli.main import main; main(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        env={**os.environ, "_CORRAL_COMPLETE": "words"},
        capture_output=True,
        text=True,
        check=True,
    )
    return [line.split("\t")[0] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("words", "answers"),
    [
        (("--log-f",), ["--log-format"]),
        (("--log-format", ""), ["text", "json"]),
        (("--log-format=j",), ["json"]),
        (("job.py", "--executor", "local"), ["local-process"]),
        (("--input-format", "j"), ["jsonl"]),
        (("--no-ov",), ["--no-overwrite"]),
        (("config", "show", "maxB"), ["maxBadRecords"]),
        (("plugin", "check", "inl"), ["inline"]),
        (("cat", ""), [":file"]),
        (("--out", ""), [":directory"]),
        (("-o", "res"), [":directory"]),
        (("--requirements", ""), [":file"]),
        (("--memprofile", ""), [":file"]),
        (("job.py", "in"), [":file"]),
        (("job.py", "--resume", "in"), [":file"]),
        (("config", "--j"), ["--json"]),
        (("runs", ""), [":directory"]),
        (("bundle", "--arch", "a"), ["arm64"]),
        (("completion", ""), list(SHELLS)),
        (("help", "shuf"), ["shuffle"]),
        (("con",), ["config", ":python"]),
    ],
    ids=" ".join,
)
def test_what_may_come_next(words: tuple[str, ...], answers: list[str]) -> None:
    assert asked(*words) == answers


def test_a_line_that_is_broken_or_wrong_answers_nothing_and_is_no_error() -> None:
    assert asked("job.py", "--frobnicate", "--split") == ["--split-size"]
    assert asked("--reducers", "many", "--split") == ["--split-size"]


def test_a_script_says_how_to_load_it(corral: Any) -> None:
    for shell in SHELLS:
        assert f"corral completion {shell}" in corral("completion", shell).out
    assert corral("completion", "tcsh").code == 2


class Shell:
    """An interactive shell at a terminal, in which corral's completion is loaded."""

    def __init__(self, name: str) -> None:
        # An environment without the user's own, and a prompt that can be told from all else.
        environment = {**os.environ, "TERM": "dumb" if name != "fish" else "xterm", "PS1": "$ "}
        environment["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
        self._child = pexpect.spawn(
            name, STARTS[name], env=environment, encoding="utf-8", timeout=PATIENCE, dimensions=(50, 200)
        )
        self._child.sendline(f"{PREPARE[name]}; echo re''ady")
        self._child.expect("ready")

    def complete(self, typed: str, *expected: str) -> None:
        """Press Tab behind what is typed, until all that is expected has been seen, in whatever order."""
        self._child.send(typed)
        self._child.expect_exact(typed[-3:])
        self._child.send("\t")
        seen = ""
        while not all(text in seen for text in expected):
            self._child.expect(r".+")
            seen += ESCAPES.sub("", str(self._child.after))

    def run(self, line: str, expected: str) -> None:
        self._child.sendline(line)
        self._child.expect_exact(expected)

    def close(self) -> None:
        self._child.close(force=True)


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, here: Path) -> Iterator[Callable[[], Shell]]:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed: apt-get install {request.param}")
    (here / "jobs").mkdir()
    (here / "job_two.py").write_text("")
    (here / "job.txt").write_text("")
    started: list[Shell] = []

    def start() -> Shell:
        started.append(Shell(request.param))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("corral --log-f", ("ormat",)),
        ("corral --progress pl", ("ain",)),
        ("corral --executor=loc", ("al-process",)),
        ("corral bun", ("dle",)),
        ("corral job_", ("two.py",)),
        ("corral job.py in", (".txt",)),
        ("corral job.py in.txt --out job", ("s/",)),
    ],
    ids=["flag", "choice", "executor", "subcommand", "job", "input", "directory"],
)
def test_a_shell_completes(typed: str, expected: tuple[str, ...], shell: Callable[[], Shell]) -> None:
    shell().complete(typed, *expected)


@pytest.mark.slow
def test_a_shell_lists_what_there_is_to_choose_from(shell: Callable[[], Shell]) -> None:
    shell().complete("corral --progress ", "auto", "bars", "plain", "none")
