"""Whole bundles, with real wheels: from an index the first time, from uv's or pip's cache afterwards."""

from __future__ import annotations

import os
import shutil
import sys
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self
from zipfile import ZipFile

import pytest

from corral_core import plugins as plugin_manager
from corral_core.bundle import Target, build
from corral_core.engine.loading import JobSource, load_job
from corral_core.engine.run import run
from corral_core.errors import JobError, UsageError
from corral_core.executor import Bundle, Capabilities, Executor
from corral_core.settings import load_settings
from corral_core.tasks import JobRef

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from corral_core.engine.result import RunResult
    from corral_core.executor import SettingsView
    from tests.bundle.conftest import Bare

    Make = Callable[[Mapping[str, str]], Bundle]

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

PLAIN = "from corral_core import Job, Sum\ndef m(k, v): yield v, 1\njob = Job(m, Sum())\n"
RICH = {
    "job.py": """\
# /// script
# dependencies = ["wcwidth==0.2.13"]
# ///
from pathlib import Path

from corral_core import Driver, Job
from words.split import words


class Count:
    def map(self, key, line, emitter):
        from words.late import length  # what only workers import

        for word in words(line):
            emitter.emit(word, length(word))

    def reduce(self, word, lengths, emitter):
        greeting = Path(__file__).with_name("data").joinpath("greeting.txt").read_text()
        emitter.emit(greeting + word, sum(lengths))


driver = Driver(Job(Count(), Count()), reducers=2)
if __name__ == "__main__":
    driver.main()
""",
    "words/split.py": "def words(line):\n    return line.split()\n",  # a namespace package
    "words/late.py": "def length(word):\n    from wcwidth import wcswidth\n    return wcswidth(word)\n",
    "data/greeting.txt": "hello ",
    "data/unused.bin": "x",
    "unused.py": "",
}


class Elsewhere(Executor):
    """Each task in a new interpreter that sees nothing but an unpacked bundle."""

    name: ClassVar[str] = "elsewhere"
    bare: ClassVar[Bare]
    root: ClassVar[Path]

    def __init__(self) -> None:
        self.capabilities = Capabilities(slots=1)

    @classmethod
    def from_settings(cls, settings: SettingsView) -> Self:
        return cls()

    def open(self, bundle: Bundle) -> None:
        archive = build(bundle, Target(), include=["data/*.txt"] if bundle.job.kind == "file" else [])
        with ZipFile(archive.path) as unpacking:
            unpacking.extractall(self.root)
        for name in ("job.py", "words", "data"):  # no worker elsewhere would see them
            if Path(name).exists():
                shutil.move(name, f"away-{name}")

    def submit(self, payload: bytes) -> Future[bytes]:
        code = "from corral_core.worker import run_task; sys.stdout.buffer.write(run_task(sys.stdin.buffer.read()))"
        done = self.bare(self.root, code, payload)
        assert done.returncode == 0, done.stderr.decode()
        future: Future[bytes] = Future()
        future.set_result(done.stdout)
        return future

    def close(self) -> None:
        pass


@pytest.fixture
def run_elsewhere(folder: Path, bare: Bare, monkeypatch: pytest.MonkeyPatch) -> Callable[..., RunResult]:
    def run_elsewhere(source: Any, contents: str, out: str = "out") -> RunResult:
        (folder / "in.txt").write_text(contents)
        plugins = plugin_manager.Plugins()
        for registry in ("input_formats", "output_formats", "storages", "settings"):
            setattr(plugins, registry, getattr(plugin_manager.load(), registry))
        plugins.executors.add("elsewhere", Elsewhere, "test")
        monkeypatch.setattr(plugin_manager, "load", lambda: plugins)
        monkeypatch.setattr(Elsewhere, "bare", staticmethod(bare), raising=False)
        monkeypatch.setattr(Elsewhere, "root", folder.parent / "elsewhere", raising=False)
        settings = load_settings({"executor": "elsewhere", "working_location": out, **source.options})
        return run(source, ["in.txt"], settings)

    return run_elsewhere


def test_map_and_reduce_tasks_run_where_there_is_nothing_but_the_bundle(
    job: Make, folder: Path, run_elsewhere: Callable[..., RunResult]
) -> None:
    job(RICH)
    result = run_elsewhere(load_job("job.py"), "to be 漢字\nto\n")
    assert sorted(result.records()) == [("hello be", "2"), ("hello to", "4"), ("hello 漢字", "4")]
    assert not list((folder.parent / "elsewhere").rglob("unused*"))


def test_a_job_that_no_module_holds_runs_there_too(run_elsewhere: Callable[..., RunResult]) -> None:
    cell: dict[str, Any] = {"__name__": "__main__"}
    exec(PLAIN, cell)  # noqa: S102  (as a notebook does)
    result = run_elsewhere(JobSource([cell["job"]], None), "a\nb\na\n")
    assert sorted(result.records()) == [("a", "2"), ("b", "1")]


def test_every_module_of_corrals_in_a_bundle_can_be_imported_there(job: Make, folder: Path, bare: Bare) -> None:
    archive = build(job({"job.py": PLAIN}), Target())
    with ZipFile(archive.path) as unpacking:
        unpacking.extractall(folder / "root")
    names = [entry.name for entry in archive.entries if entry.part.startswith("corral-core ")]
    modules = {
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in names if ".pyc" not in name
    }
    code = f"import importlib\nfor name in {sorted(modules)!r}: importlib.import_module(name)\nprint(*sys.modules)"
    done = bare(folder / "root", code)
    assert done.returncode == 0, done.stderr.decode()
    assert len(modules) > 40
    assert not {b"click", b"pluggy", b"pydantic", b"rich"} & set(done.stdout.split())


def test_the_same_code_gives_the_same_bytes(
    job: Make, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In another directory, with other times and permissions, without what a cache remembers."""
    first = build(job(RICH), Target(), include=["data"], extra={"handler.py": b"x"})
    other = tmp_path / "other"
    for name in reversed(RICH):
        (other / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        (other / name).write_text(RICH[name])
        os.utime(other / name, (1, 1))
    (other / "words" / "late.py").chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "fresh"))
    before = os.umask(0o077)
    try:
        for name in [name for name in sys.modules if name.startswith("words")]:
            del sys.modules[name]
        sys.path.remove(str(folder))
        source = load_job(str(other / "job.py"))
        assert source.ref is not None
        second = build(Bundle(source.ref), Target(), include=["data"], extra={"handler.py": b"x"})
    finally:
        os.umask(before)
    assert second.path != first.path
    assert second.digest == first.digest
    assert second.path.read_bytes() == first.path.read_bytes()


def test_another_byte_anywhere_is_another_digest(job: Make) -> None:
    bundle = job({"job.py": PLAIN, "data.txt": "x"})
    archives = [
        build(bundle, Target()),
        build(bundle, Target(), include=["data.txt"]),
        build(bundle, Target(), extra={"handler.py": b"x"}),
        build(bundle, Target(), extra={"handler.py": b"y"}),
        build(bundle, Target(architecture="arm64")),
        build(bundle, Target(python="3.12" if Target.python == "3.13" else "3.13")),
        build(job({"job.py": PLAIN + "\n"}), Target()),
    ]
    assert len({archive.digest for archive in archives}) == len(archives)


def test_parts_add_up(job: Make) -> None:
    archive = build(job(RICH), Target(), include=["data"], extra={"handler.py": b"x"})
    parts = {part.name: part for part in archive.parts}
    assert sum(part.size for part in archive.parts) == archive.unpacked
    assert sum(part.zipped for part in archive.parts) < archive.zipped == archive.path.stat().st_size
    assert (parts["job"].files, parts["include"].files, parts["place"].size) == (3, 2, 1)
    assert "wcwidth 0.2.13" in parts
    assert not [name for name in parts if name.split()[0] in {"click", "rich", "pluggy", "pydantic", "boto3"}]


def test_a_second_bundle_asks_no_index(job: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    steps: list[str] = []
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    bundle = replace(job({"job.py": PLAIN}), step=steps.append)
    target = Target(name="the moon")
    first = build(bundle, target)
    assert steps == ["building the bundle for the moon", f"getting wheels for {target}"]
    monkeypatch.setattr("corral_core.bundle.base.install", None)
    assert build(bundle, target) == first
    assert steps[2:] == ["building the bundle for the moon"]
    assert build(job({"job.py": PLAIN + "# new\n"}), target).digest != first.digest


@pytest.mark.parametrize(
    "target",
    [Target(name="the moon", max_zipped=1_000_000), Target(name="the moon", max_unpacked=1_000_000)],
    ids=["zipped", "unpacked"],
)
def test_too_large_a_bundle_names_its_largest_parts(job: Make, target: Target) -> None:
    message = (
        r"is [\d.]+ MB (un|zi)p\w+, and the moon takes 1\.0 MB: .* parts, unpacked, are lz4 [\d.]+ \([\d.]+ MB\), "
    )
    with pytest.raises(UsageError, match=message):
        build(job({"job.py": PLAIN}), target)


def test_a_requirements_file_takes_the_place_of_what_the_job_declares(job: Make, folder: Path) -> None:
    (folder / "requirements.txt").write_text("-r more.txt\n")
    (folder / "more.txt").write_text("iniconfig==2.0.0\n")
    bundle = job(RICH)
    first = build(bundle, Target(), requirements="requirements.txt")
    assert "iniconfig 2.0.0" in {part.name for part in first.parts}
    assert "wcwidth 0.2.13" not in {part.name for part in first.parts}
    (folder / "more.txt").write_text("iniconfig==2.1.0\n")
    assert "iniconfig 2.1.0" in {part.name for part in build(bundle, Target(), requirements="requirements.txt").parts}
    with pytest.raises(UsageError, match=r"the requirements file .*/none\.txt can't be read: no such file"):
        build(bundle, Target(), requirements="none.txt")


@pytest.mark.parametrize(
    ("files", "extra", "message"),
    [
        ({"job.py": PLAIN, "handler.py": ""}, "handler.py", r"the job has a file handler\.py, and so has the place"),
        ({"job.py": "import cloudpickle\n" + PLAIN, "cloudpickle/__init__.py": ""}, "",
         r"the job has a file cloudpickle/__init__\.py, and so has cloudpickle [\d.]+: rename the job's"),
    ],
    ids=["place", "dependency"],
)  # fmt: skip
def test_a_name_that_is_taken_is_refused(
    job: Make, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], extra: str, message: str
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "cloudpickle"]:
        monkeypatch.delitem(sys.modules, name)
    bundle = job(files)
    with pytest.raises(JobError, match=message):
        build(bundle, Target(), include=[extra] if extra else (), extra={extra: b""} if extra else None)


def test_a_job_of_an_installed_package_asks_for_the_package() -> None:
    bundle = Bundle(JobRef("module", "corral_local_process.plugin", "", "job"))
    with pytest.raises(
        JobError, match=r"the job's module corral_local_process\.plugin belongs to an installed package"
    ):
        build(bundle, Target())
