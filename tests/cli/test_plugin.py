from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Checked = Callable[..., subprocess.CompletedProcess[str]]

ROOT = Path(__file__).parents[2]
DEFECTS = ROOT / "tests" / "testing" / "broken"

PLUGIN = """
from corral_core.plugins import hookimpl
import executors

@hookimpl
def corral_executors():
    made = {"name": "broken", "from_settings": classmethod(lambda cls, _: cls())}
    return [type("Broken", (executors.EatsUserErrors,), made)]
"""


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    """``corral plugin check`` as a user runs it, with a broken executor installed."""
    package = tmp_path / "site" / "broken_plugin-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-plugin\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[corral]\nbroken = broken_plugin\n")
    (tmp_path / "site" / "broken_plugin.py").write_text(PLUGIN)
    places = [tmp_path / "site", DEFECTS, ROOT / "examples" / "plugins" / "corral-threads"]

    def check(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "corral_core", "plugin", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places)), **variables},
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )

    return check


def test_each_promise_is_a_row_and_a_sound_plugin_ends_well(checked: Checked) -> None:
    done = checked("check", "inline", "-k", "says or blocking or submit")
    assert (done.returncode, done.stderr) == (0, "")
    rows = done.stdout.splitlines()
    assert rows[0] == "executor inline"
    assert any(row.split() == ["it", "says", "what", "it", "is", "passed"] for row in rows)
    skipped = next(row for row in rows if "submit does not wait" in row)
    assert "skipped  submit runs the task, so nothing else happens meanwhile (capabilities.blocking)" in skipped
    assert rows[-1].endswith("1 skipped")


def test_a_failure_says_what_was_promised_and_ends_with_1(checked: Checked) -> None:
    done = checked("check", "broken", "-k", "raises or says_what")
    assert done.returncode == 1
    assert "a task that raises is a reply          FAILED" in done.stdout
    assert "promised: An exception in the job's code comes back within the reply" in done.stdout
    assert "instead:  the task failed, and its reply is Done(" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stdout.rstrip().endswith("3 promises: 2 passed, 1 failed, 0 skipped")


def test_more_is_shown_of_a_failure_when_asked(checked: Checked) -> None:
    done = checked("check", "broken", "-v", "-k", "is_a_reply")
    assert "failures.py" in done.stdout


def test_a_storage_works_in_the_place_that_it_is_given_and_leaves_nothing(checked: Checked, tmp_path: Path) -> None:
    place = tmp_path / "place"
    done = checked("check", "file", "--location", str(place), "-k", "test_a_file or names")
    assert done.returncode == 0, done.stdout
    assert "strange names are names" in done.stdout
    assert list(place.iterdir()) == []


def test_an_executors_files_go_to_the_place_that_it_is_given(checked: Checked, tmp_path: Path) -> None:
    place = tmp_path / "place"
    done = checked("check", "inline", "--location", str(place), "-k", "shuffle")
    assert done.returncode == 0, done.stdout
    assert list(place.iterdir()) == []


def test_a_format_that_reads_and_writes_is_checked_both_ways(checked: Checked, tmp_path: Path) -> None:
    (tmp_path / "lines").write_text('1\n["a",2]\n')
    done = checked("check", "jsonl", "--sample", "lines")
    assert done.returncode == 0, done.stdout
    assert "output format jsonl\n" in done.stdout
    assert "input format jsonl\n" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "say what to do with which plugin: corral plugin check NAME"),
        (["check", "plow"], "nothing is registered as 'plow'"),
        (["check", "lambda"], "give a directory that they reach with --location"),
        (["check", "memory", "--location", "here"], "nothing is registered as 'memory'"),
        (["check", "text"], "give small ones with --sample FILE"),
        (["check", "text", "--sample", "no-such"], "the sample no-such can't be read: no such file or directory"),
        (["check", "inline", "-k", "plow"], "no promise of the suite for executors matches 'plow'"),
    ],
)
def test_what_can_not_be_checked_is_refused(checked: Checked, arguments: list[str], sentence: str) -> None:
    done = checked(*arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_pytest_it_says_where_to_get_it(checked: Checked, tmp_path: Path) -> None:
    (tmp_path / "site" / "sitecustomize.py").write_text(
        "import sys, importlib.util as u; real = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'pytest' else real(name, *rest)\n"
    )
    done = checked("check", "inline")
    assert done.returncode == 2
    assert "pip install 'corral-core[testing]'" in done.stderr


def test_it_ends_quietly_when_nobody_reads_any_more(checked: Checked, tmp_path: Path) -> None:
    command = f"{sys.executable} -m corral_core plugin check inline -k 'says or close or reply'"
    piped = ["/bin/bash", "-c", f"{command} | head -n 1; echo ${{PIPESTATUS[0]}}"]
    done = subprocess.run(piped, cwd=tmp_path, capture_output=True, text=True, timeout=110, check=True)
    assert done.stdout == "executor inline\n141\n"
    assert done.stderr == ""
