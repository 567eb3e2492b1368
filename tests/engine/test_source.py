from __future__ import annotations

import hashlib
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from corral_core import Driver, Job, Sum
from corral_core.engine.source import pickled, source_of
from corral_core.errors import JobError

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
from corral_core import Driver, Job, Sum
def words(key, value):
    for word in value.split():
        yield word, 1
first = Job(words, Sum(), reducers=1)
second = Job(lambda key, value: [(value, key)], max)
if __name__ == "__main__":
    from corral_core.engine.source import source_of
    ref = source_of(Driver([first, second])).ref
    print(ref.kind, ref.name, ref.root, ref.attribute, ref.digest, sep="|")
    print(source_of(Driver(Job(words, Sum()))).ref)
"""


def test_a_script_is_found_by_its_file_and_its_names(tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text(SCRIPT)
    ran = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    digest = hashlib.sha256(script.read_bytes()).hexdigest()
    assert ran.stdout.splitlines() == [f"file|job.py|{tmp_path}|first,second|{digest}", "None"]


def test_a_module_that_is_run_is_found_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "job.py").write_text(SCRIPT)
    ran = subprocess.run([sys.executable, "-m", "pack.job"], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert ran.stdout.splitlines()[0] == f"module|pack.job|{tmp_path}|first,second|"


def test_a_package_that_is_run_is_found_by_its_main_module(tmp_path: Path) -> None:
    """Its ``__init__`` need not hold the jobs."""
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("")
    (tmp_path / "pack" / "__main__.py").write_text(SCRIPT)
    ran = subprocess.run([sys.executable, "-m", "pack"], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert ran.stdout.splitlines()[0] == f"module|pack.__main__|{tmp_path}|first,second|"


def test_the_jobs_of_a_function_travel_as_a_pickle_with_all_they_hold() -> None:
    factor = 3

    def times(key: str, value: str) -> Any:
        return [(value, factor)]

    driver = Driver(Job(times, Sum(), name="times"), reducers=2)
    source = source_of(driver)
    assert (source.ref, source.options) == (None, {"reducers": 2})
    (job,) = pickle.loads(pickled(source.jobs))  # noqa: S301  (what a worker does)
    assert job.name == "times"
    assert job.mapper is not times
    assert job.mapper("", "a") == [("a", 3)]


def test_a_module_that_workers_cannot_import_travels_by_value() -> None:
    code = (
        "import sys, types; made = types.ModuleType('made'); sys.modules['made'] = made; "
        "exec('def words(k, v): return [(v, helper(v))]\\ndef helper(v): return len(v)', made.__dict__); "
        "from corral_core import Job; from corral_core.engine.source import pickled; "
        "data = pickled([Job(made.words)]); del sys.modules['made']; "
        "import pickle; print(pickle.loads(data)[0].mapper('', 'abc'))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[('abc', 3)]\n"


def test_what_cannot_travel_is_refused_with_the_way_out() -> None:
    import threading

    lock = threading.Lock()
    job = Job(lambda key, value: [(value, lock)], Sum(), name="locked")
    with pytest.raises(JobError, match=r"job locked can't be sent to workers: .*open what can't be pickled"):
        pickled([job])
