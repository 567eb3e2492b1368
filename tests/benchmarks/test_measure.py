from __future__ import annotations

import sys

import pytest

from benchmarks import measure

MB = 10**6
needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")

HOLD = "held = bytearray(60_000_000); held[::4096] = b'x' * len(held[::4096])"
"""Touches every page of 60 MB."""
PARENT = f"""
import subprocess, sys, time
{HOLD}
subprocess.run([sys.executable, "-c", '''{HOLD}; import time; time.sleep(0.3)'''], check=True)
"""


@needs_proc
def test_a_peak_counts_each_process_alone_and_all_together() -> None:
    measured = measure.run([sys.executable, "-c", PARENT])
    assert 60 * MB <= measured.peak_one < 110 * MB
    assert measured.peak_all >= 120 * MB


@needs_proc
def test_memory_that_has_been_freed_counts() -> None:
    measured = measure.run([sys.executable, "-c", f"{HOLD}; del held; import time; time.sleep(0.2)"])
    assert measured.peak_one >= 60 * MB


def test_the_environment_can_be_added_to() -> None:
    code = "import os, sys; sys.exit(os.environ['CORRAL_TEST_WORD'] != 'here' or 'PATH' not in os.environ)"
    assert measure.run([sys.executable, "-c", code], {"CORRAL_TEST_WORD": "here"}).seconds > 0


def test_a_command_that_fails_is_told_with_its_last_words() -> None:
    with pytest.raises(measure.CommandError, match=r"ended with 1:\n.*no such luck"):
        measure.run([sys.executable, "-c", "raise SystemExit('no such luck')"])
