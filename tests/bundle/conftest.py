"""What the bundle's tests share: a cache of their own, wheels made here, and a bare interpreter."""

from __future__ import annotations

import base64
import hashlib
import io
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING, Protocol
from zipfile import ZipFile

import pytest

from corral_core.engine.loading import load_job
from corral_core.executor import Bundle

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an index gave once is not asked for again by each test."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared_cache: Path, own_imports: None) -> Path:
    """The current directory."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("XDG_CACHE_HOME", str(shared_cache))
    return tmp_path / "here"


@pytest.fixture
def job(folder: Path) -> Callable[[Mapping[str, str]], Bundle]:
    """Writes files and loads ``job.py`` of them."""

    def job(files: Mapping[str, str]) -> Bundle:
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        source = load_job("job.py")
        assert source.ref is not None
        return Bundle(source.ref, source.sys_path)

    return job


class Shelf:
    """Packages in a directory, and nothing else to be found by uv or pip."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def wheel(
        self, name: str, files: Mapping[str, str], *, version: str = "1.0", tag: str = "py3-none-any", needs: str = ""
    ) -> None:
        info = f"{name}-{version}.dist-info"
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n" + (
            f"Requires-Dist: {needs}\n" * bool(needs)
        )
        whole = {**files, f"{info}/METADATA": metadata}
        whole[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n"
        rows = [f"{path},sha256={_digest(text)},{len(text)}" for path, text in whole.items()]
        whole[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,\n"])
        with ZipFile(self.path / f"{name}-{version}-{tag}.whl", "w") as archive:
            for path, text in whole.items():
                archive.writestr(path, text)

    def sdist(self, name: str) -> None:
        project = f'[project]\nname = "{name}"\nversion = "1.0"\n'
        texts = {"pyproject.toml": project, "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"}
        with tarfile.open(self.path / f"{name}-1.0.tar.gz", "w:gz") as archive:
            for path, text in texts.items():
                member = tarfile.TarInfo(f"{name}-1.0/{path}")
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text.encode()))


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    (tmp_path / "shelf").mkdir()
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))  # what uv has had from an index counts as offline
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path / "shelf"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "shelf"))
    return Shelf(tmp_path / "shelf")


class Bare(Protocol):
    def __call__(self, root: Path, code: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]: ...


@pytest.fixture
def bare() -> Bare:
    """Runs code in an interpreter that has Python's own library and one directory."""

    def bare(root: Path, code: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-I", "-S", "-B", "-c", f"import sys; sys.path.append({str(root)!r})\n{code}"],
            input=data,
            capture_output=True,
            env={"CORRAL_CODE_ROOT": str(root)},
            timeout=60,
            check=False,
        )

    return bare
