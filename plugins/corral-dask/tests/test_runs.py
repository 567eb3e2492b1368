"""Whole runs, as a user starts them."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import sysconfig
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from corral_core.testing.servers import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from corral_dask.testing import DaskProcesses

    Run = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.slow

PATIENCE = 90.0
JOB = """
import time
from corral_core import Job, Sum

def mapper(key, value):
    time.sleep(0.002)
    for word in value.split():
        yield word, 1

job = Job(mapper, Sum())
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Where the command runs: a word count, and text that is some twenty tasks."""
    here = tmp_path / "here"
    here.mkdir(exist_ok=True)
    (here / "job.py").write_text(JOB)
    (here / "in.txt").write_text("".join(f"a b{n % 7} c{n % 100}\n" for n in range(2000)))
    return here


SIZES = ("--split-size", "1000", "--map-bin-size", "1000", "--reducers", "3")


def outputs(folder: Path) -> dict[str, bytes]:
    found = {part.name: part.read_bytes() for part in folder.glob("output-*")}
    assert len(found) == 3
    return found


def test_a_cluster_for_the_run_gives_what_inline_gives(corral: Run, here: Path) -> None:
    corral("--executor", "inline", *SIZES, "job.py", "in.txt", "--out", "inline")
    done = corral("--executor", "dask", "--dask-workers", "2", *SIZES, "job.py", "in.txt", "--out", "dask")
    assert outputs(here / "dask") == outputs(here / "inline")
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "distributed" not in done.stderr
    assert "begins" not in done.stderr  # the lines that tasks leave in the logs of workers elsewhere


def test_a_failing_mapper_is_told_as_anywhere(corral: Run, here: Path) -> None:
    (here / "job.py").write_text(JOB.replace("time.sleep(0.002)", "print('seen'); raise ValueError('no good')"))
    done = corral("--executor", "dask", "job.py", "in.txt", "--out", "out", code=1)
    assert "no good" in done.stderr
    assert "seen\n" in done.stderr  # what mappers print is no output of the command's
    assert done.stdout == ""
    assert "distributed" not in done.stderr


@pytest.mark.servers
def test_a_worker_killed_in_mid_run_changes_no_byte(corral: Run, here: Path, cluster: DaskProcesses) -> None:
    corral("--executor", "inline", *SIZES, "job.py", "in.txt", "--out", "inline")
    doomed = cluster.worker()
    cluster.worker()
    command = ["--executor", "dask", "--dask-scheduler", cluster.address, "--dask-shared-files", *SIZES, "-v"]
    with (here / "said").open("wb") as said:
        driver = subprocess.Popen(
            [sys.executable, "-m", "corral_core", *command, "job.py", "in.txt", "--out", "dask"], cwd=here, stderr=said
        )
    done = re.compile("attempt 0: done")
    assert wait_for(lambda: done.search(cluster.log(doomed)), PATIENCE)
    assert wait_for(lambda: cluster.log(doomed).count("begins") > len(done.findall(cluster.log(doomed))), PATIENCE)
    doomed.kill()
    assert driver.wait(PATIENCE) == 0, (here / "said").read_text()
    assert outputs(here / "dask") == outputs(here / "inline")
    assert "was lost while it ran a task" in (here / "said").read_text()


@pytest.mark.servers
def test_a_worker_needs_nothing_but_distributed(
    corral: Run, here: Path, cluster: DaskProcesses, tmp_path: Path
) -> None:
    """What the job declares comes along, and so do corral and its own needs."""
    bare = tmp_path / "bare"
    tools = sysconfig.get_path("scripts")
    for command in (
        ["venv", "--quiet", f"--python={sys.executable}", str(bare)],
        ["pip", "install", "--quiet", f"--python={bare}/bin/python", f"distributed=={version('distributed')}"],
    ):
        subprocess.run([f"{tools}/uv", *command], check=True)
    worker = cluster.worker(python=f"{bare}/bin/python")
    (here / "job.py").write_text(
        "# /// script\n# dependencies = ['iniconfig']\n# ///\n"
        "import iniconfig\nfrom helper import key\nfrom corral_core import Job, Sum\n\n"
        "def mapper(_, value):\n    yield key(value), len(iniconfig.__name__)\n\n"
        "job = Job(mapper, Sum())\n"
    )
    (here / "helper.py").write_text("def key(value):\n    return value[:1]\n")
    done = corral(
        "--executor", "dask", "--dask-scheduler", cluster.address, "--dask-shared-files", "job.py", "in.txt",
        "--out", "out", "--reducers", "1",
    )  # fmt: skip
    assert (here / "out" / "output-0").read_text() == "a\t18000\n", done.stderr
    assert "attempt 0: done" in cluster.log(worker)
    assert "differ" not in done.stderr


@pytest.mark.servers
def test_tasks_go_to_workers_with_the_resources_that_they_take(corral: Run, here: Path, cluster: DaskProcesses) -> None:
    plain, strong = cluster.worker(), cluster.worker("--resources", "GPU=1")
    command = ["--executor", "dask", "--dask-scheduler", cluster.address, "--dask-shared-files", *SIZES]
    corral(*command, "--dask-resources", "GPU=1", "job.py", "in.txt", "--out", "out")
    assert "begins" in cluster.log(strong)
    assert "begins" not in cluster.log(plain)
    done = corral(
        *command, "--dask-resources", "GPU=2", "--dask-timeout", "2", "job.py", "in.txt", "--out", "o", code=1
    )
    assert "no worker with GPU=2 (daskResources)" in done.stderr
    assert not (here / "o").exists()


@pytest.mark.servers
def test_local_paths_are_refused_for_workers_elsewhere(corral: Run, here: Path, cluster: DaskProcesses) -> None:
    done = corral("--executor", "dask", "--dask-scheduler", cluster.address, "job.py", "in.txt", "--out", "o", code=2)
    assert "input in.txt is on this machine, where executor dask can't read it" in done.stderr
    assert "or give --dask-shared-files if its workers see it too" in done.stderr


def test_a_scheduler_that_is_not_there_is_said_within_the_timeout(corral: Run, here: Path) -> None:
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        command = ["--executor", "dask", "--dask-scheduler", address, "--dask-shared-files", "--dask-timeout", "2"]
        done = corral(*command, "job.py", "in.txt", "--out", "out", code=1)
    assert f"the Dask scheduler at {address} can't be reached within 2 s (daskTimeout)" in done.stderr
    assert [line.startswith("corral: ") for line in done.stderr.splitlines()] == [
        False,
        True,
    ]  # what it does, then why not
    assert not (here / "out").exists()


def test_certificates_that_are_missing_are_said(corral: Run, here: Path) -> None:
    done = corral(
        "--executor", "dask", "--dask-scheduler", "tls://127.0.0.1:1", "--dask-shared-files", "job.py", "in.txt", code=1
    )
    assert "distributed.comm.tls" in done.stderr
    assert [line.startswith("corral: ") for line in done.stderr.splitlines()] == [
        False,
        True,
    ]  # what it does, then why not


@pytest.mark.servers
def test_a_scheduler_without_workers_is_said_within_the_timeout(
    corral: Run, here: Path, cluster: DaskProcesses
) -> None:
    command = ["--executor", "dask", "--dask-scheduler", cluster.address, "--dask-shared-files", "--dask-timeout", "2"]
    done = corral(*command, "job.py", "in.txt", "--out", "out", code=1)
    assert "has no worker that takes a task within 2 s" in done.stderr
    assert not (here / "out").exists()
