"""``corral doctor``, run as a user does, with plugins that are really installed."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DOCTOR = [sys.executable, "-m", "corral_core", "doctor"]
CLOUDS = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "CLOUDSDK_CONFIG": os.devnull,
    "NO_GCE_CHECK": "true",
}
"""Nothing of a cloud is set up, and nobody is asked for it."""

SLOW = """
import threading
from corral_core.diagnosis import Finding
from corral_core.executor import Capabilities
from corral_core.executors.inline import InlineExecutor
from corral_core.plugins import hookimpl

class Barn(InlineExecutor):
    name = "barn"
    def diagnose(self):
        yield Finding("hay", "ok", "there is some")
        {then}

class Shed(InlineExecutor):
    name = "shed"
    @classmethod
    def from_settings(cls, settings):
        raise RuntimeError("no key")

@hookimpl
def corral_executors():
    return [Barn, Shed]
"""


@pytest.fixture(autouse=True)
def _no_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("AWS_", "GOOGLE_", "CLOUDSDK_"))]:
        monkeypatch.delenv(name)
    for name, value in CLOUDS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Installs the distribution corral-NAME with one module, as pip would leave it."""
    site = tmp_path / "site"

    def install(name: str, source: str) -> None:
        info = site / f"corral_{name}-3.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: corral-{name}\nVersion: 3.0\n")
        (info / "entry_points.txt").write_text(f"[corral]\n{name} = corral_{name}\n")
        (site / f"corral_{name}.py").write_text(source)

    monkeypatch.setenv("PYTHONPATH", str(site))
    return install


def doctor(*arguments: str, code: int = 0, **variables: str) -> str:
    done = subprocess.run(
        [*DOCTOR, *arguments], env=os.environ | variables, capture_output=True, text=True, timeout=100, check=False
    )
    assert (done.returncode, done.stderr) == (code, ""), done.stdout + done.stderr
    return done.stdout


def rows(*arguments: str, code: int = 0, **variables: str) -> dict[tuple[str, str], dict[str, str]]:
    found = json.loads(doctor(*arguments, "--json", code=code, **variables))["findings"]
    return {(row["about"], row["what"]): row for row in found}


def test_when_all_is_well_each_thing_takes_a_line(here: Path) -> None:
    shown = doctor("--executor", "inline", "in.txt", "out")
    assert re.match(r"installation\n  \u2713 corral: \S+ on Python \S+ ", shown)
    assert "\nin.txt\n  \u2713 input: a file of 8 bytes\nout\n  \u2713 directory: can be written" in shown
    assert shown.endswith("\nnothing failed\n")
    assert "\u2192" not in shown
    assert not (here / "out").exists()


def test_the_working_location_is_called_so_where_nobody_names_one(here: Path) -> None:
    assert "\nworking location .\n  \u2713 directory: can be written" in doctor("--executor", "inline")


@pytest.mark.usefixtures("here")
def test_clouds_that_nobody_has_set_up_are_no_failure_unless_asked_for() -> None:
    found = rows()
    asked = {about for about, _ in found if about.startswith("executor ")}
    for name in ("gcf", "lambda"):
        if f"executor {name}" in asked:  # it is installed
            row = found[f"executor {name}", "account"]
            assert row["state"] == "warning"
            assert row["detail"].startswith("there are no ")
            assert f"corral doctor --executor {name}" in row["remedy"]
            assert rows("--executor", name, code=1)[f"executor {name}", "account"]["state"] == "failed"


@pytest.mark.usefixtures("here")
def test_an_executor_that_is_not_there_fails_with_its_package() -> None:
    row = rows("--executor", "barn", code=1)["executor barn", "executor"]
    assert row["detail"].startswith("there is no executor 'barn'")


@pytest.mark.parametrize(
    ("source", "reason", "remedy"),
    [
        ("import hay_and_straw", "No module named 'hay_and_straw'", "pip install --force-reinstall corral-barn"),
        ("raise RuntimeError('too\\nold')", "RuntimeError: too old", "pip install --upgrade corral-barn"),
        (
            "from corral_core.plugins import hookimpl\n@hookimpl\ndef corral_executors(): raise OSError('x')",
            "corral_executors: OSError: x",
            "pip install --upgrade corral-barn",
        ),
    ],
    ids=["a module is missing", "its import raises", "its hook raises"],
)
def test_a_plugin_that_is_broken_is_named_with_its_reason_and_a_remedy(
    here: Path, install: Callable[[str, str], None], source: str, reason: str, remedy: str
) -> None:
    install("barn", source)
    row = rows("--executor", "inline", code=1)["installation", "plugin barn"]
    assert row["state"] == "failed"
    assert row["detail"].startswith("corral-barn 3.0 can't be used: ")
    assert reason in row["detail"]
    assert remedy in row["remedy"]


def test_plugins_in_conflict_are_told_and_nothing_else_is_looked_at(
    here: Path, install: Callable[[str, str], None]
) -> None:
    for name in ("barn", "byre"):
        install(name, SLOW.format(then="return"))
    found = rows(code=1)
    assert {about for about, _ in found} == {"installation"}
    assert "two plugins register the executor 'barn'" in found["installation", "plugins"]["detail"]


@pytest.mark.slow
def test_an_executor_that_never_answers_is_given_up(here: Path, install: Callable[[str, str], None]) -> None:
    install("barn", SLOW.format(then="threading.Event().wait()"))
    found = rows("--executor", "barn", code=1)
    assert found["executor barn", "hay"]["state"] == "ok"
    assert found["executor barn", "answer"]["detail"] == "no answer within 10 s"


def test_an_executor_that_raises_ends_nothing(here: Path, install: Callable[[str, str], None]) -> None:
    install("barn", SLOW.format(then="raise ValueError('mouldy')"))
    found = rows("--executor", "barn", code=1)
    assert found["executor barn", "diagnosis"]["detail"] == "it broke off: ValueError: mouldy"
    assert rows("--executor", "shed", code=1)["executor shed", "executor"]["detail"] == (
        "it can't be made: RuntimeError: no key"
    )


def test_settings_that_cannot_be_used_fail_and_the_rest_is_looked_at(here: Path) -> None:
    (here / "corralrc").write_text("spiltSize = 3")
    found = rows("--executor", "inline", code=1)
    assert found["settings", "settings"]["remedy"] == "did you mean splitSize?"
    assert ("this machine", "memory") in found


@pytest.mark.usefixtures("here")
def test_room_and_memory_that_are_too_little_for_the_settings_are_told() -> None:
    found = rows("--executor", "inline", code=1, CORRAL_TASKMEMORY="1PiB")
    assert found["this machine", "memory"]["state"] == "warning"
    assert found["this machine", "spill directory"]["state"] == "failed"


@pytest.mark.usefixtures("here")
def test_a_store_that_nothing_serves_is_told() -> None:
    row = rows("--executor", "inline", "hay://stack", code=1)["hay://stack", "storage"]
    assert row["state"] == "failed"
    assert row["detail"].startswith("nothing here stores hay:// paths")


@pytest.mark.usefixtures("here")
def test_what_failed_comes_first_with_its_remedy_below_and_is_counted_at_the_end() -> None:
    lines = doctor("--executor", "inline", code=1, CORRAL_TASKMEMORY="1PiB").splitlines()
    at = lines.index("this machine")
    assert lines[at + 1].startswith("  \u2717 spill directory: ")
    assert lines[at + 2].startswith("      \u2192 ")
    assert lines[at + 3].startswith("  ! memory: ")
    assert lines[-1] == "1 failed, 1 warning"


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("variables", [{"PYTHONIOENCODING": "ascii"}, {"TERM": "dumb"}], ids=["ascii", "dumb"])
def test_marks_that_a_terminal_may_lack_are_not_needed(variables: dict[str, str]) -> None:
    shown = doctor("--executor", "inline", code=1, CORRAL_TASKMEMORY="1PiB", **variables)
    assert shown.isascii()
    assert "  x spill directory: " in shown
    assert "  + open files: " in shown
    assert "      -> " in shown


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
    ids=["terminal", "NO_COLOR", "dumb"],
)
def test_colours_are_for_terminals_that_want_them(variables: dict[str, str], coloured: bool) -> None:
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | variables
    with subprocess.Popen([*DOCTOR, "--executor", "inline"], env=environment, stdout=theirs) as process:
        os.close(theirs)
        screen = b""
        try:
            while part := os.read(ours, 65536):
                screen += part
        except OSError:  # Linux says so when the last writer is gone
            pass
    os.close(ours)
    assert process.returncode == 0
    assert b"nothing failed" in screen
    assert (b"\x1b[" in screen) == coloured


@pytest.mark.usefixtures("here")
def test_a_reader_that_leaves_early_ends_it_without_a_traceback() -> None:
    with subprocess.Popen([*DOCTOR], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"installation\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141
