"""However the stack ends, nothing stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from corral_core.testing.servers import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.servers,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc, and the stack runs on Linux only"),
]

STACK = Path(__file__).with_name("stack.py")
SECONDS = 20.0


def processes_with(word: str) -> list[str]:
    """The command lines that name something, but for zombies, which have none."""
    found = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            if word.encode() in place.read_bytes() + (place.parent / "cmdline").read_bytes():
                found.append((place.parent / "cmdline").read_text("utf-8", "replace").replace("\0", " "))
        except OSError:  # it has just ended
            continue
    return found


@pytest.fixture
def start(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A stack in another process, while a function of it is busy with a child of its own."""
    process = subprocess.Popen(
        [sys.executable, STACK, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "busy\n"
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("ending", ["killed", "left", "interrupted"])
def test_no_process_and_no_file_stays(start: subprocess.Popen[str], tmp_path: Path, ending: str) -> None:
    names = [process.split()[0] for process in processes_with(str(tmp_path))]
    assert len(names) >= 6, names  # the stack, warden, GCS, shell, server, worker and its child
    if ending == "killed":
        start.kill()
    elif ending == "interrupted":
        start.send_signal(2)
    start.communicate("", SECONDS)
    assert wait_for(lambda: not processes_with(str(tmp_path)), SECONDS), processes_with(str(tmp_path))
    assert wait_for(lambda: not list(tmp_path.iterdir()), SECONDS), list(tmp_path.iterdir())
