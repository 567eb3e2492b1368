from __future__ import annotations

import importlib
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from corral_core import Job
from corral_core.engine.codefiles import code_files, fingerprint
from corral_core.engine.loading import JobSource, load_job
from corral_core.errors import JobError

if TYPE_CHECKING:
    from pathlib import Path

JOB = "from corral_core import Job\n{}\ndef m(k, v): yield k, v\njob = Job(m)\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_imports: None) -> Path:
    """The current directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def names(source: JobSource) -> list[str]:
    return [file.name for file in code_files(source)]


LAYOUTS: dict[str, tuple[dict[str, str], list[str]]] = {
    "nothing": ({"j.py": JOB.format("import json, msgspec"), "other.py": ""}, []),
    "neighbour": ({"j.py": JOB.format("import beside"), "beside.py": "", "other.py": ""}, ["beside.py"]),
    "closure": ({"j.py": JOB.format("import a"), "a.py": "import b", "b.py": "import a"}, ["a.py", "b.py"]),
    "lazy": (
        {"j.py": JOB.format("def f():\n    import late"), "late.py": "def g():\n    import later", "later.py": ""},
        ["late.py", "later.py"],
    ),
    "package": (
        {
            "j.py": JOB.format("from pack.sub import one"),
            "pack/__init__.py": "",
            "pack/sub/__init__.py": "from . import two",
            "pack/sub/one.py": "from ..top import x",
            "pack/sub/two.py": "",
            "pack/top.py": "x = 1",
            "pack/unused.py": "",
        },
        ["pack/__init__.py", "pack/sub/__init__.py", "pack/sub/one.py", "pack/sub/two.py", "pack/top.py"],
    ),
    "namespace": (
        {"j.py": JOB.format("def f():\n    import space.deep.one"), "space/deep/one.py": "from . import two"}
        | {"space/deep/two.py": "", "space/three.py": ""},
        ["space/deep/one.py", "space/deep/two.py"],
    ),
    "by a literal name": (
        {"j.py": JOB.format("import importlib\ndef f():\n    importlib.import_module('plug')"), "plug.py": ""},
        ["plug.py"],
    ),
    "by a name made at run time": (
        {
            "j.py": JOB.format("import importlib, pack\nfor x in 'ab': importlib.import_module(f'pack.p_{x}')"),
            "pack/__init__.py": "",
            "pack/p_a.py": "",
            "pack/p_b.py": "",
            "pack/p_c.py": "",
        },
        ["pack/__init__.py", "pack/p_a.py", "pack/p_b.py"],
    ),
    "a late import of what can't be compiled": (
        {"j.py": JOB.format("def f():\n    import broken"), "broken.py": "x ="},
        ["broken.py"],
    ),
    "an environment beside the job": (
        {"j.py": JOB.format("import beside"), "beside.py": "", "lib/site-packages/beside.py": "import other"},
        ["beside.py"],
    ),
    "more dots than packages": ({"j.py": JOB.format("def f():\n    from .... import x"), "x.py": ""}, []),
}


@pytest.mark.parametrize(("files", "expected"), LAYOUTS.values(), ids=LAYOUTS)
def test_a_job_takes_what_it_imports(folder: Path, files: dict[str, str], expected: list[str]) -> None:
    write(folder, files)
    assert names(load_job("j.py")) == sorted(["j.py", *expected])


def test_files_lie_where_they_are_said_to(folder: Path) -> None:
    write(folder, LAYOUTS["package"][0])
    for file in code_files(load_job("j.py")):
        assert (file.path, file.root) == (folder / file.name, folder)


def test_a_package_under_src_keeps_its_name(folder: Path) -> None:
    write(
        folder,
        {"src/pack/__init__.py": "", "src/pack/inner.py": JOB.format("import pack.late"), "src/pack/late.py": ""},
    )
    sys.path.append(str(folder / "src"))
    assert names(load_job("pack.inner")) == ["pack/__init__.py", "pack/inner.py", "pack/late.py"]


def test_a_package_that_is_run_takes_its_main_module(folder: Path) -> None:
    script = JOB.format("from corral_core import Driver\nfrom . import late") + (
        "from corral_core.engine.source import source_of\n"
        "from corral_core.engine.codefiles import code_files\n"
        "print([file.name for file in code_files(source_of(Driver(job)))])\n"
    )
    write(folder, {"pack/__init__.py": "", "pack/__main__.py": script, "pack/late.py": ""})
    ran = subprocess.run([sys.executable, "-m", "pack"], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "['pack/__init__.py', 'pack/__main__.py', 'pack/late.py']"


def test_what_is_installed_is_left_out(folder: Path) -> None:
    write(folder, {"j.py": JOB.format("import dep, corral_local_process"), "site-packages/dep.py": ""})
    sys.path.insert(0, str(folder / "site-packages"))
    assert names(load_job("j.py")) == ["j.py"]


def test_an_import_hook_may_know_where_a_package_lies(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As packages are installed editable by tools that don't put a directory on the path."""

    class Hook:
        def find_spec(self, name: str, *_: Any) -> Any:
            path = folder / "elsewhere" / "hooked" / "__init__.py"
            return importlib.util.spec_from_file_location(name, path) if name == "hooked" else None

    write(folder, {"elsewhere/hooked/__init__.py": "", "elsewhere/hooked/a.py": ""})
    write(folder, {"j.py": JOB.format("def f():\n    from hooked import a")})
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Hook()])
    assert names(load_job("j.py")) == ["hooked/__init__.py", "hooked/a.py", "j.py"]


def test_two_files_of_one_name_are_refused(folder: Path) -> None:
    write(folder, {"one/j.py": JOB.format("import j"), "two/j.py": ""})
    sys.path[:0] = [str(folder / "two"), str(folder / "one")]
    source = load_job("one/j.py")
    with pytest.raises(JobError, match=r"two files of the name j\.py, .*one/j\.py and .*two/j\.py: rename one"):
        code_files(source)


def test_a_pickled_job_takes_the_modules_that_it_names(folder: Path) -> None:
    write(folder, {"tools.py": "import more\ndef m(k, v): yield k, v\n", "more.py": "", "late.py": "", "unused.py": ""})
    sys.path.insert(0, str(folder))
    cell: dict[str, Any] = {"__name__": "__main__"}
    exec("import tools\ndef m(k, v):\n    import late\n    yield k, v\n", cell)  # noqa: S102  (as a notebook does)
    assert names(JobSource([Job(cell["tools"].m)], None)) == ["more.py", "tools.py"]
    assert names(JobSource([Job(cell["m"])], None)) == ["late.py"]


@pytest.mark.parametrize("changed", ["j.py", "pack/__init__.py", "pack/sub/one.py", "pack/top.py"])
def test_the_fingerprint_changes_with_every_file_of_the_job(folder: Path, changed: str) -> None:
    write(folder, LAYOUTS["package"][0])
    before = fingerprint(load_job("j.py"))
    (folder / changed).write_text((folder / changed).read_text() + "# new\n")
    assert fingerprint(load_job("j.py")) != before


def test_the_fingerprint_does_not_change_with_anything_else(folder: Path) -> None:
    write(folder, {f"{place}/{name}": text for place in "ab" for name, text in LAYOUTS["neighbour"][0].items()})
    (folder / "b" / "other.py").write_text("# new\n")
    prints = [
        subprocess.run(
            [sys.executable, "-c", PRINT_FINGERPRINT], cwd=folder / place, capture_output=True, text=True, check=True
        ).stdout
        for place in "ab"
    ]
    assert prints[0] == prints[1] != ""


PRINT_FINGERPRINT = """
from corral_core.engine.codefiles import fingerprint
from corral_core.engine.loading import load_job
print(fingerprint(load_job("j.py")))
"""


def test_each_job_of_a_file_has_its_own_fingerprint(folder: Path) -> None:
    write(folder, {"j.py": JOB.format("") + "other = Job(m)\n"})
    assert fingerprint(load_job("j.py:job")) != fingerprint(load_job("j.py:other"))


def test_a_pickled_job_has_the_fingerprint_of_its_code() -> None:
    def jobs(step: int) -> JobSource:
        class Mapper:
            def map(self, key: str, value: str, emitter: Any) -> None:
                emitter.emit(value, step)

        return JobSource([Job(Mapper())], None)

    assert fingerprint(jobs(1)) == fingerprint(jobs(1)) != fingerprint(jobs(2))


def test_a_file_that_is_gone_is_an_error(folder: Path) -> None:
    write(folder, LAYOUTS["neighbour"][0])
    source = load_job("j.py")
    (folder / "j.py").unlink()
    with pytest.raises(JobError, match=r"the job's file .*j\.py can't be read: no such file"):
        fingerprint(source)
