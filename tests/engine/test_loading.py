from __future__ import annotations

import hashlib
import pickle
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from corral_core import Driver, Job
from corral_core.engine import loading
from corral_core.engine.loading import load_job, load_ref
from corral_core.errors import JobError
from corral_core.tasks import JobRef

if TYPE_CHECKING:
    from pathlib import Path

ONE = "from corral_core import Job\ndef m(k, v): yield k, v\njob = Job(m)\n"
TWO = ONE + "other = Job(m)\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_imports: None) -> Path:
    """The current directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file_with_one_job_needs_no_name(folder: Path) -> None:
    (folder / "j.py").write_text(ONE)
    source = load_job("j.py")
    assert [job.name for job in source.jobs] == ["m"]
    assert source.ref is not None
    assert (source.ref.kind, source.ref.name, source.ref.root, source.ref.attribute) == (
        "file",
        "j.py",
        str(folder),
        "job",
    )
    assert load_ref(source.ref) is source.jobs


def test_a_worker_loads_the_same_job_by_its_reference(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "j.py").write_text(TWO)
    source = load_job("j.py:other")
    assert source.ref is not None
    monkeypatch.setattr(loading, "_loaded", {})
    (job,) = load_ref(source.ref)
    assert job.name == "m"


def test_a_file_that_changed_since_the_driver_read_it_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "j.py").write_text(ONE)
    source = load_job("j.py")
    assert source.ref is not None
    monkeypatch.setattr(loading, "_loaded", {})
    for name in [name for name in sys.modules if name.startswith("corral_job_")]:
        del sys.modules[name]
    (folder / "j.py").write_text(TWO)
    with pytest.raises(JobError, match=r"j\.py has changed since the run began"):
        load_ref(source.ref)
    (folder / "j.py").unlink()
    with pytest.raises(JobError, match=r"no job file .*j\.py on this worker"):
        load_ref(source.ref)
    (folder / "j.py").write_text(ONE)
    with pytest.raises(JobError, match="no job 'gone' in"):
        load_ref(msgspec.structs.replace(source.ref, attribute="gone"))


@pytest.mark.parametrize(
    "ref",
    [
        JobRef("file", "j.py", "/of/the/driver", "job", hashlib.sha256(ONE.encode()).hexdigest()),
        JobRef("module", "j", "/of/the/driver", "job"),
    ],
    ids=["file", "module"],
)
def test_a_remote_worker_finds_the_job_in_the_bundle(
    folder: Path, monkeypatch: pytest.MonkeyPatch, ref: JobRef
) -> None:
    (folder / "bundle").mkdir()
    (folder / "bundle" / "j.py").write_text(ONE)
    monkeypatch.setattr(loading, "_loaded", {})
    with pytest.raises(JobError, match=r"no job file /of/the/driver/j\.py on this worker|there is no module j"):
        load_ref(ref)
    monkeypatch.setenv("CORRAL_CODE_ROOT", str(folder / "bundle"))
    assert [job.name for job in load_ref(ref)] == ["m"]
    assert load_ref(ref) is load_ref(ref)


@pytest.mark.parametrize("spec", ["mod", "mod:job", "pack.inner:job", "pack.inner"])
def test_modules_load_by_their_name(folder: Path, spec: str) -> None:
    (folder / "mod.py").write_text(ONE)
    (folder / "pack").mkdir()
    (folder / "pack" / "__init__.py").touch()
    (folder / "pack" / "inner.py").write_text(ONE)
    source = load_job(spec)
    assert source.ref is not None
    assert (source.ref.kind, source.ref.name) == ("module", spec.partition(":")[0])


def test_a_package_is_loaded_although_a_directory_has_its_name(folder: Path) -> None:
    (folder / "pack").mkdir()
    (folder / "pack" / "__init__.py").write_text(ONE)
    assert len(load_job("pack:job").jobs) == 1


def test_a_job_file_may_import_its_neighbours(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "beside.py").write_text("def m(k, v): yield k, v\n")
    (folder / "sub" / "j.py").write_text("from corral_core import Job\nfrom beside import m\njob = Job(m)\n")
    assert load_job("sub/j.py").jobs[0].name == "m"


@pytest.mark.parametrize(
    ("code", "spec", "choice", "count"),
    [
        (TWO, "j.py", "other", 1),
        (TWO, "j.py:job", None, 1),
        (TWO + "jobs = [job, other]\n", "j.py", None, 2),
        (TWO + "from corral_core import Driver\ndriver = Driver([other, job, job], reducers=2)\n", "j.py", None, 3),
        (ONE + "alias = job\n", "j.py", None, 1),
        (ONE + "_hidden = Job(m)\n", "j.py", None, 1),
        (ONE + "jobs = []\n", "j.py", None, 1),
    ],
    ids=["choice", "named", "jobs", "driver", "alias", "hidden", "empty"],
)
def test_the_job_to_run_is_a_drivers_or_jobs_or_the_only_one(
    *, folder: Path, code: str, spec: str, choice: str | None, count: int
) -> None:
    (folder / "j.py").write_text(code)
    source = load_job(spec, choice)
    assert len(source.jobs) == count
    assert source.options == ({"reducers": 2} if "Driver" in code else {})


@pytest.mark.parametrize(
    ("code", "spec", "message"),
    [
        (None, "j.py", r"there is no job file j\.py"),
        (None, "sub/none.py:job", r"there is no job file sub/none\.py"),
        (None, "no.such.module", "there is no module no.such.module to load a job from, nor a file"),
        (None, "nothing", "there is no module nothing"),
        (None, "sub/nothing", "there is no job file sub/nothing: name a Python file, or a module"),
        (None, ".", r"the job file \. can't be read: is a directory"),
        (None, "a..b", r"there is no job file a\.\.b"),
        ("x = '\0'\n", "j.py", r"j\.py.*: source code .*null bytes; the job can't be loaded"),
        ("raise SystemExit\n", "j.py", r"j\.py can't be loaded: it calls sys\.exit\(\) .*if __name__"),
        ("x = 1\n\nif x\n", "j.py", r"j\.py, line 3: .*can't be loaded"),
        ("x = 1\n", "j.py", r"there is no job in j\.py: give it a module-level name"),
        (TWO, "j.py", r"j\.py holds several jobs, job, other: choose one with --job NAME"),
        (TWO, "j.py:third", r"there is no job 'third' in j\.py; jobs there: job, other"),
        (TWO, "j.py:m", r"there is no job 'm' in j\.py"),
        ("import pandaz\n", "j.py", "No module named 'pandaz'; install what it imports"),
        ("1 / 0\n", "j.py", "can't be loaded: ZeroDivisionError: division by zero"),
        ("import corral_core\ncorral_core.Job(5)\n", "j.py", "a mapper is a function"),
        (ONE + "from corral_core import Driver\nDriver(job).main()\n", "j.py", "put it under if __name__"),
        ("import j2x\n", "j2", "No module named 'j2x'; install what it imports"),
        ("import j\n", "j2", "No module named 'j'; install what it imports"),
    ],
)
def test_a_job_that_cannot_be_found_says_why(*, folder: Path, code: str | None, spec: str, message: str) -> None:
    if code is not None:
        (folder / f"{spec.partition(':')[0].removesuffix('.py')}.py").write_text(code)
    with pytest.raises(JobError, match=message):
        load_job(spec)
    assert not loading.is_loading()


def test_a_directory_is_no_job(folder: Path) -> None:
    (folder / "data").mkdir()
    with pytest.raises(JobError):
        load_job("data")


def test_jobs_of_finds_jobs_and_nothing_else(folder: Path) -> None:
    (folder / "j.py").write_text(ONE)
    (job,) = load_job("j.py").jobs
    assert loading.jobs_of(job) == [job]
    assert loading.jobs_of([job, job]) == loading.jobs_of((job, job)) == [job, job]
    assert loading.jobs_of(Driver([job])) == [job]
    for other in ([], [job, 1], "job", None, 5):
        assert loading.jobs_of(other) == []


def test_of_pickled_jobs_only_the_last_is_kept(tmp_path: Path) -> None:
    """A notebook makes one for each run."""
    jobs = [Job(str.split, name="pickled")]
    refs = []
    for number in range(3):
        path = tmp_path / f"{number}.pickle"
        path.write_bytes(pickle.dumps(jobs) + bytes([number]))  # what follows a pickle is not read
        refs.append(JobRef("pickle", str(path), digest=hashlib.sha256(path.read_bytes()).hexdigest()))
        loading.load_ref(refs[-1])
    assert [ref for ref in loading._loaded if ref.kind == "pickle"] == refs[-1:]
