from __future__ import annotations

import io
import os
import subprocess
import sys
from typing import Any

import pytest

from corral_core.cli.lines import LineProgress
from corral_core.cli.progress import progress
from corral_core.cli.streams import err, out
from corral_core.errors import OutputError


def test_answers_go_to_stdout_and_all_else_to_stderr(capsys: Any) -> None:
    out("answer")
    err("remark")
    assert capsys.readouterr() == ("answer\n", "remark\n")


def test_what_the_encoding_lacks_is_escaped(monkeypatch: Any) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    out("caf\u00e9 \udcff")
    assert raw.getvalue() == b"caf\\xe9 \\udcff\n"


def test_a_closed_pipe_ends_the_program_quietly(monkeypatch: Any) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        with pytest.raises(SystemExit) as caught:
            out("nobody listens")
    assert caught.value.code == 141


@pytest.mark.parametrize("what", ["out('ä' * 500_000)", "out_bytes(b'x' * 1_000_000)"])
@pytest.mark.parametrize("wanted", [1, None], ids=["a reader who leaves", "a reader who stays"])
def test_without_a_buffer_all_is_written_or_it_is_told_that_nobody_read_it(what: str, wanted: int | None) -> None:
    """A pipe takes a part of what is more than it holds, and Python's own text layer would forget the rest."""
    code = f"from corral_core.cli.streams import out, out_bytes; {what}"
    command = [sys.executable, "-u", "-X", "utf8", "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        got = process.stdout.read(-1 if wanted is None else wanted)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == (0 if wanted is None else 141)
    assert wanted is not None or len(got.rstrip(b"\n")) == 1_000_000


def test_a_pipe_that_would_block_is_an_error_not_a_loop() -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    code = "from corral_core.cli.streams import out; out('x' * 1_000_000)"
    done = subprocess.run([sys.executable, "-u", "-c", code], stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    os.close(read)
    assert b"OutputError: stdout can't be written: resource temporarily unavailable" in done.stderr


def test_a_log_that_cannot_be_written_fails_nothing_but_an_answer_does(monkeypatch: Any) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    for name in ("stdout", "stderr"):
        stream = io.StringIO()
        monkeypatch.setattr(stream, "write", full)
        monkeypatch.setattr(sys, name, stream)
    err("remark")
    with pytest.raises(OutputError, match="stdout can't be written: no space left on device"):
        out("answer")


def test_without_a_stderr_a_run_goes_on_in_silence(monkeypatch: Any) -> None:
    """Python has None for a descriptor that was closed when it began."""
    monkeypatch.setattr(sys, "stderr", None)
    err("remark")
    with progress("auto", verbose=False, json=False) as [display]:
        assert type(display) is LineProgress


@pytest.mark.parametrize("line", [["--help"], ["config", "--help"], ["help"]], ids=" ".join)
def test_a_help_that_cannot_be_written_is_told_in_a_sentence(line: list[str]) -> None:
    command = [sys.executable, "-m", "corral_core", *line]
    with open("/dev/full", "wb") as full:  # noqa: PTH123  (a device)
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (2, b"corral: stdout can't be written: no space left on device\n")
