"""``corral cat``, run as a user does."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from corral_core.testing.servers import s3_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CORRAL = [sys.executable, "-m", "corral_core"]
LINES = b"a\t1\nb\t2\nc\t1\n"


@pytest.fixture
def ran(here: Path, corral: Any) -> Callable[..., Path]:
    """Runs the word count into ``out``."""

    def ran(*flags: str) -> Path:
        assert corral("job.py", "in.txt", "-o", "out", "--executor", "inline", "-q", *flags).code == 0
        return here / "out"

    return ran


def cat(*arguments: str, code: int = 0, **variables: str) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        [*CORRAL, "cat", *arguments], env=os.environ | variables, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == code, done.stderr.decode()
    return done


def said(done: subprocess.CompletedProcess[bytes]) -> str:
    """The one line on stderr."""
    assert done.stderr.startswith(b"corral: ")
    assert done.stderr.count(b"\n") == 1
    return done.stderr.decode().removeprefix("corral: ").rstrip()


def test_outputs_are_printed_in_the_order_of_their_numbers(ran: Callable[..., Path]) -> None:
    out = ran("--reducers", "12")
    stored = b"".join((out / f"output-{number}").read_bytes() for number in range(12))
    done = cat("out")
    assert (done.stdout, done.stderr) == (stored, b"")
    assert sorted(done.stdout.splitlines(keepends=True)) == LINES.splitlines(keepends=True)


def test_the_current_directory_is_where_it_looks_if_nothing_is_said(ran: Callable[..., Path]) -> None:
    out = ran("--reducers", "1")
    done = subprocess.run([*CORRAL, "cat"], cwd=out, capture_output=True, check=True)
    assert done.stdout == LINES


@pytest.mark.parametrize("records", [0, 1, 2, 3, 99])
def test_head_stops_after_so_many_records_of_all(ran: Callable[..., Path], records: int) -> None:
    ran("--reducers", "2")
    whole = cat("out").stdout.splitlines(keepends=True)
    assert cat("out", "--head", str(records)).stdout == b"".join(whole[:records])
    assert cat("out", "out", "--head", str(records)).stdout == b"".join((whole * 2)[:records])


def test_records_can_be_shown_in_another_format(ran: Callable[..., Path]) -> None:
    ran("--reducers", "1", "--output-format", "jsonl")
    assert cat("out").stdout == b'["a",1]\n["b",2]\n["c",1]\n'
    assert cat("out", "--format", "text").stdout == LINES
    assert cat("out", "--format", "text", "--head", "2").stdout == LINES[:8]


def test_a_record_that_the_format_cannot_hold_is_named(here: Path, ran: Callable[..., Path]) -> None:
    (here / "job.py").write_text("from corral_core import Job\njob = Job(lambda k, v: [('a\\tb', v)])\n")
    ran("--output-format", "jsonl")
    assert "its key has a tab: set outputFormat=jsonl" in said(cat("out", "--format", "text", code=1))


def test_single_files_and_several_locations_come_one_after_the_other(ran: Callable[..., Path], here: Path) -> None:
    ran("--reducers", "1")
    (here / "notes.txt.gz").write_bytes(gzip.compress(b"first\n") + gzip.compress(b"second\n"))
    assert cat("notes.txt.gz", "out", "in.txt").stdout == b"first\nsecond\n" + LINES + b"a b\nb c\n"
    assert cat("out/output-0", "--format", "jsonl", "--head", "1").stdout == b'["a","1"]\n'
    assert "nothing says how" in said(cat("in.txt", "--format", "jsonl", code=2))


def test_bytes_that_are_no_text_stay_what_they_are(here: Path) -> None:
    (here / "any").write_bytes(bytes(range(256)) * 5000)
    assert cat("any").stdout == bytes(range(256)) * 5000
    assert cat("any", PYTHONIOENCODING="ascii").stdout == bytes(range(256)) * 5000


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["nowhere"], "there are no outputs in"),
        (["--format", "yaml"], "there is no output format 'yaml'; known are jsonl, text"),
        (["--head", "-1"], "--head"),
    ],
    ids=["nothing there", "format", "head"],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(arguments: list[str], why: str) -> None:
    done = cat(*arguments, code=2)
    assert done.stdout == b""
    assert why in said(done)


def test_a_run_that_did_not_end_is_told_with_its_state(ran: Callable[..., Path]) -> None:
    out = ran("--reducers", "2", "--no-cleanup")
    manifest = json.loads((out / "_SUCCESS").read_text())
    (out / "_SUCCESS").unlink()
    why = said(cat("out", code=2))
    assert f"no run has ended well (run {manifest['run']}: running)" in why
    assert "--partial" in why
    assert sorted(cat("out", "--partial").stdout.splitlines(keepends=True)) == LINES.splitlines(keepends=True)


def test_a_run_that_failed_before_its_first_output_is_told_with_its_state(here: Path, corral: Any) -> None:
    (here / "boom.txt").write_text("boom")
    run = ["job.py", "in.txt", "boom.txt", "-o", "out", "--executor", "inline", "--map-bin-size", "4"]
    assert corral(*run).code == 1  # after the first file's task
    why = said(cat("out", code=2))
    assert why.startswith(f"there are no outputs in {here / 'out'} (run ")
    assert why.endswith(f": failed); see: corral runs {here / 'out'}")


def test_damage_is_an_error_after_the_bytes(ran: Callable[..., Path]) -> None:
    out = ran("--reducers", "1")
    (out / "output-0").write_bytes(LINES.replace(b"2", b"3"))
    done = cat("out", code=1)
    assert done.stdout == LINES.replace(b"2", b"3")
    assert "output-0 is damaged: its checksum is not the one that _SUCCESS has" in said(done)


def test_a_reader_that_leaves_early_ends_it_without_a_word(here: Path) -> None:
    (here / "long.txt").write_text("line\n" * 2_000_000)
    with subprocess.Popen([*CORRAL, "cat", "long.txt"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"line\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141


def test_a_full_disk_behind_stdout_is_told(here: Path) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123  (a device)
        done = subprocess.run([*CORRAL, "cat", "in.txt"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (2, b"corral: stdout can't be written: no space left on device\n")


@pytest.mark.servers
def test_outputs_in_s3_are_printed_too(ran: Callable[..., Path], corral: Any, tmp_path: Path) -> None:
    with s3_server(tmp_path / "s3", "bucket") as server, server.environment():
        ran("--reducers", "3", "-o", "s3://bucket/out")
        assert sorted(cat("s3://bucket/out/").stdout.splitlines(keepends=True)) == LINES.splitlines(keepends=True)
        assert "there is no bucket nobucket" in said(cat("s3://nobucket/out", code=2))
        assert "there are no outputs in s3://bucket/other" in said(cat("s3://bucket/other", code=2))
