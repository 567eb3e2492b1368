from __future__ import annotations

import io
import os
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
