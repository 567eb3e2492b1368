from __future__ import annotations

import io
import os
import sys
from typing import Any

import pytest

from corral_core.cli.streams import err, out


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
