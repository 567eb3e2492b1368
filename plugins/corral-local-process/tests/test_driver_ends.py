"""However the driver ends, no worker stays."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Gone = Callable[[int, float], bool]
    StartDriver = Callable[[str, str], tuple[subprocess.Popen[str], list[int]]]

DRIVER = Path(__file__).with_name("driver.py")
SECONDS = 2.0


@pytest.fixture
def start(tmp_path: Path) -> Iterator[StartDriver]:
    """``start(action, ending)``: a driver whose workers are busy, and their process ids."""
    drivers: list[subprocess.Popen[str]] = []

    def run(action: str, ending: str) -> tuple[subprocess.Popen[str], list[int]]:
        driver = subprocess.Popen(
            [sys.executable, DRIVER, tmp_path, action, ending],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        drivers.append(driver)
        assert driver.stdout is not None
        assert driver.stdout.readline() == "ready\n", driver.communicate()[1]
        return driver, [int((tmp_path / f"sign-{n}").read_text("ascii")) for n in range(2)]

    yield run
    for driver in drivers:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(driver.pid, signal.SIGKILL)  # a forked child too
        driver.communicate()


ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals a process at the end of a pipe")


@pytest.mark.parametrize("action", ["hold", "child", pytest.param("spin", marks=ON_LINUX)])
def test_a_killed_driver_takes_its_workers_along(start: StartDriver, gone: Gone, action: str) -> None:
    """Whether a mapper waits, has children, or is in C code that holds the interpreter lock."""
    driver, pids = start(action, "wait")
    driver.kill()
    driver.wait()
    assert [pid for pid in pids if not gone(pid, SECONDS)] == []


def test_a_copy_of_the_lifeline_in_a_forked_child_keeps_no_worker(start: StartDriver, gone: Gone) -> None:
    driver, pids = start("hold", "fork")
    driver.kill()
    driver.wait()
    assert [pid for pid in pids if not gone(pid, SECONDS)] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signalled_driver_takes_its_workers_along(start: StartDriver, gone: Gone, number: signal.Signals) -> None:
    driver, pids = start("hold", "wait")
    driver.send_signal(number)
    assert driver.wait(SECONDS + 5) != 0
    assert [pid for pid in pids if not gone(pid, SECONDS)] == []


@pytest.mark.parametrize("ending", ["exit", "raise", "drop"])
def test_a_driver_that_forgets_to_close_leaves_nothing(start: StartDriver, gone: Gone, ending: str) -> None:
    driver, pids = start("hold", ending)
    assert driver.wait(SECONDS + 5) != 0
    assert [pid for pid in pids if not gone(pid, SECONDS)] == []


def test_workers_are_out_of_reach_of_the_terminals_interrupt(start: StartDriver) -> None:
    """A terminal signals the driver's process group, and a worker is in a session of its own."""
    driver, pids = start("hold", "wait")
    assert [os.getsid(pid) for pid in pids] == pids
    assert driver.poll() is None
