"""What others write to stderr goes where it is sent, whole and in order."""

from __future__ import annotations

import subprocess
import sys
from io import StringIO
from typing import Any

from corral_core.cli.aside import stderr_aside


def run(code: str) -> subprocess.CompletedProcess[str]:
    """In a process whose stderr is its own: pytest has taken ours."""
    setup = "import os, sys, subprocess\nfrom corral_core.cli.aside import stderr_aside\nlines = []\n"
    return subprocess.run([sys.executable, "-c", setup + code], capture_output=True, text=True, check=True)


def test_prints_of_this_process_of_c_code_and_of_children_arrive_line_by_line() -> None:
    done = run(
        "with stderr_aside(lines.append) as real:\n"
        "    print('ours', file=sys.stderr, flush=True)\n"
        "    os.write(2, b'from below\\n')\n"
        "    subprocess.run(['echo', 'of a child'], stdout=2)\n"
        "    os.write(2, b'caf\\xc3\\xa9 \\xff\\r\\nno end')\n"
        "    print('to the terminal', file=real)\n"
        "print('after', file=sys.stderr)\n"
        "print(ascii(lines))\n"
    )
    assert done.stderr == "to the terminal\nafter\n"
    assert done.stdout.strip() == ascii(["ours", "from below", "of a child", "caf\u00e9 \\xff", "no end"])


def test_more_than_a_pipe_holds_passes_and_a_line_without_end_is_cut() -> None:
    done = run(
        "with stderr_aside(lines.append):\n"
        "    os.write(2, b'x' * 3_000_000)\n"
        "print(sum(map(len, lines)), max(map(len, lines)) < 200_000)\n"
    )
    assert done.stdout.split() == ["3000000", "True"]


def test_a_child_that_lives_on_keeps_nobody_waiting_for_ever() -> None:
    done = run(
        "with stderr_aside(lines.append):\n"
        "    child = subprocess.Popen(['sleep', '1000'], stdout=subprocess.DEVNULL)\n"
        "child.kill()\n"
        "child.wait()\n"
        "print('over')\n"
    )
    assert done.stdout == "over\n"


def test_a_handler_that_fails_does_not_stop_the_others_lines() -> None:
    done = run(
        "def handle(line):\n"
        "    lines.append(line)\n"
        "    raise OSError(5, 'the terminal is gone')\n"
        "with stderr_aside(handle):\n"
        "    os.write(2, b'a\\nb\\n')\n"
        "print(lines)\n"
    )
    assert done.stdout == "['a', 'b']\n"


def test_a_stderr_that_is_no_descriptor_is_left_alone(monkeypatch: Any) -> None:
    """As in a notebook, or in a process that was started without one."""
    for stream in (StringIO(), None):
        monkeypatch.setattr(sys, "stderr", stream)
        with stderr_aside(print) as real:
            assert real is stream
