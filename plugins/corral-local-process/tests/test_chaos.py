"""Real processes killed at random: the bytes are those of an undisturbed run, and nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from corral_core.report.store import NAME as REPORT

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="finds processes by /proc"),
]

JOB = Path(__file__).with_name("chaos_job.py")
LINES = 160
PATIENCE = 60.0
EVERY = 0.3
"""Seconds between two workers' deaths."""
DEATHS = 10
"""Of drivers, in one run."""


class Place:
    """A folder for one run, whose processes carry a mark, so that none is overlooked."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out, self.temporary = folder, folder / "out", folder / "tmp"
        self.temporary.mkdir(parents=True)
        dice = Random(1)
        words = [f"w{number}" for number in range(50)]
        lines = [" ".join(dice.choices(words, k=6)).ljust(30)[:30] for _ in range(LINES)]
        self.input = folder / "in.txt"
        self.input.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
        self._drivers: list[subprocess.Popen[bytes]] = []

    def start(self, *flags: str, seconds: float = 0.0) -> subprocess.Popen[bytes]:
        """A driver; a task for each line, and forty reducers.

        :param seconds: that a line takes.
        """
        program = Path(sysconfig.get_path("scripts"), "corral")
        settings = {"split-size": 31, "map-bin-size": 31, "reducers": 40, "local-workers": 3, "out": self.out}
        driver = subprocess.Popen(
            [program, JOB, self.input, *(f"--{name}={value}" for name, value in settings.items()), *flags],
            env={**os.environ, "TMPDIR": str(self.temporary), "CHAOS_SECONDS": str(seconds)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._drivers.append(driver)
        return driver

    def answer(self) -> dict[str, bytes]:
        """All outputs, once it is sure that there is nothing else."""
        files = sorted(path.relative_to(self.out) for path in self.out.rglob("*"))
        assert [path for path in files if not path.name.startswith("output-")] == [Path("_SUCCESS"), Path(REPORT)]
        assert list(self.temporary.iterdir()) == []
        assert json.loads((self.out / "_SUCCESS").read_bytes())["counters"] == {"lines": LINES}
        return {path.name: (self.out / path).read_bytes() for path in files if path.name.startswith("output-")}

    def sessions(self) -> list[Path]:
        """Of all drivers that have begun."""
        return list(self.out.glob("_corral/*/session-*.json"))

    def wait_for_session(self, count: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while len(self.sessions()) < count:
            assert time.monotonic() < deadline, "the driver does not begin"
            time.sleep(0.01)

    def processes(self) -> list[int]:
        """Those that carry the mark."""
        mark = f"TMPDIR={self.temporary}".encode()
        return [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/environ") if mark in _read(path)]

    def is_quiet(self) -> bool:
        """Whether all processes end."""
        deadline = time.monotonic() + PATIENCE
        while self.processes():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def clear(self) -> None:
        for driver in self._drivers:
            driver.kill()
            driver.wait()
            if driver.stdout is not None:
                driver.stdout.close()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended, or is somebody else's
        return b""


def _workers(driver: int) -> list[int]:
    found = (_read(path) for path in Path(f"/proc/{driver}/task").glob("*/children"))
    return sorted(int(child) for children in found for child in children.split())


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path / "disturbed")
    yield place
    place.clear()


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The answer of a run that nothing disturbs."""
    place = Place(tmp_path_factory.mktemp("quiet"))
    driver = place.start()
    assert driver.wait(PATIENCE) == 0, driver.communicate()[0]
    place.clear()
    return place.answer()


def test_workers_that_are_killed_cost_time_only(place: Place, quiet: dict[str, bytes]) -> None:
    dice, killed = Random(2), 0
    driver = place.start(seconds=0.05)
    while driver.poll() is None:
        time.sleep(EVERY)
        workers = _workers(driver.pid)
        if workers:
            os.kill(dice.choice(workers), signal.SIGKILL)
            killed += 1
    assert driver.returncode == 0, driver.communicate()[0]
    assert killed > 5
    assert place.answer() == quiet
    assert place.is_quiet()


def test_drivers_that_are_killed_leave_a_run_that_goes_on(place: Place, quiet: dict[str, bytes]) -> None:
    """Each is killed at some moment after it has begun, two of them before."""
    dice = Random(3)
    for death in range(DEATHS):
        sessions = place.sessions()
        driver = place.start(*_go_on(sessions), seconds=0.1)
        if death % 5:
            place.wait_for_session(len(sessions) + 1)
        time.sleep(dice.uniform(0.0, 0.8))
        assert driver.poll() is None, driver.communicate()[0]
        driver.kill()
        driver.wait()
    driver = place.start(*_go_on(place.sessions()))
    assert driver.wait(PATIENCE) == 0, driver.communicate()[0]
    assert place.answer() == quiet
    assert place.is_quiet()


def _go_on(sessions: list[Path]) -> list[str]:
    return ["--resume=latest"] if sessions else []


def test_a_record_on_which_the_mapper_hangs_is_named(place: Place) -> None:
    """Its task is cut until nothing but the record is left."""
    place.input.write_text("a b\nc\nhang\nd\n", encoding="ascii")
    driver = place.start("--map-bin-size=100", "--split-size=100", "--task-timeout=2", "--max-attempts=2")
    said = driver.communicate(timeout=PATIENCE)[0].decode()
    assert driver.returncode == 1
    assert "TaskTimeout: no answer within 2 s" in said
    assert f"(it reads {place.input}, bytes 6 to 11)" in said
    assert place.is_quiet()
