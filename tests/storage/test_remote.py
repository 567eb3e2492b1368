from __future__ import annotations

import io
import sys
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

import fsspec  # type: ignore[import-untyped]  # (fsspec ships no types)
import pytest

from corral_core.errors import InputError
from corral_core.storage.api import ByteRange
from corral_core.storage.memory import MemoryStorage
from corral_core.storage.remote import FsspecStorage
from corral_core.testing.storages import StorageSuite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


REGISTRY = import_module("fsspec.registry")._registry


class TestMemoryStorage(StorageSuite):
    @pytest.fixture
    def storage(self) -> MemoryStorage:
        return MemoryStorage()

    @pytest.fixture
    def base(self) -> Iterator[str]:
        base = f"memory://{uuid4()}"
        yield base
        MemoryStorage().delete_tree(base)


class TestStagedStorage(StorageSuite):
    """A file system that writes in place, as fsspec's ``sftp`` and ``hdfs`` do: its local one by its own scheme."""

    @pytest.fixture
    def storage(self) -> FsspecStorage:
        return FsspecStorage("local")

    @pytest.fixture
    def base(self, tmp_path: Path) -> str:
        return f"local://{tmp_path}/base"


class ObjectFile(fsspec.spec.AbstractBufferedFile):  # type: ignore[misc]  # (fsspec ships no types)
    """Written in parts that nobody sees before the last."""

    def _initiate_upload(self) -> None:
        self.parts: list[bytes] = []

    def _upload_chunk(self, final: bool = False) -> bool:
        self.parts.append(self.buffer.getvalue())
        if final:
            self.fs.inner.pipe_file(self.path, b"".join(self.parts))
        return True

    def discard(self) -> None:
        self.fs.discarded.append(self.path)


class ObjectStore(fsspec.AbstractFileSystem):  # type: ignore[misc]  # (fsspec ships no types)
    """A store that behaves as gcsfs does where it matters: files appear on close, ranges beyond the end are refused."""

    protocol = "az"
    cachable = False
    inner = fsspec.filesystem("memory")
    discarded: ClassVar[list[str]] = []

    def ls(self, path: str, detail: bool = True, **kwargs: Any) -> Any:
        return self.inner.ls(path, detail=detail)

    def info(self, path: str, **kwargs: Any) -> Any:
        return self.inner.info(path)

    def _open(self, path: str, mode: str = "rb", **kwargs: Any) -> Any:
        return ObjectFile(self, path, mode, **kwargs)

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **kwargs: Any) -> bytes:
        if start is not None and start >= self.inner.info(path)["size"]:
            raise OSError(22, "The requested range is not satisfiable")
        data: bytes = self.inner.cat_file(path, start, end)
        return data

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **kwargs: Any) -> None:
        self.inner.pipe_file(path, value, mode=mode)

    def rm(self, path: Any, recursive: bool = False, maxdepth: int | None = None) -> None:
        self.inner.rm(path, recursive=recursive)

    def rm_file(self, path: str) -> None:
        self.inner.rm_file(path)

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return "/" + path.removeprefix("az://").strip("/")


@pytest.fixture
def object_store(monkeypatch: pytest.MonkeyPatch) -> type[ObjectStore]:
    monkeypatch.setitem(REGISTRY, "az", ObjectStore)
    monkeypatch.setattr(ObjectStore, "discarded", [])
    return ObjectStore


class TestObjectStorage(StorageSuite):
    @pytest.fixture
    def storage(self, object_store: type[ObjectStore]) -> FsspecStorage:
        storage = FsspecStorage("az")
        storage.exclusive = False  # the store of this test looks and then leaps
        return storage

    @pytest.fixture
    def base(self) -> Iterator[str]:
        base = f"az://{uuid4()}"
        yield base
        MemoryStorage().delete_tree(base.replace("az", "memory"))

    def test_a_failed_upload_is_discarded(self, storage: FsspecStorage, base: str) -> None:
        with pytest.raises(ZeroDivisionError):
            self.fail_to_write(storage, f"{base}/a")
        assert ObjectStore.discarded == [f"/{base.removeprefix('az://')}/a"]
        assert storage.list(base) == []

    def test_an_upload_that_fails_at_its_end_is_discarded(
        self, storage: FsspecStorage, base: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(self: ObjectFile, final: bool = False) -> bool:
            raise TimeoutError("too slow")

        monkeypatch.setattr(ObjectFile, "_upload_chunk", fail)
        with pytest.raises(TimeoutError):
            self.write(storage, f"{base}/a")
        assert len(ObjectStore.discarded) == 1

    def test_many_ranges_are_fetched_in_bounded_windows(
        self, storage: FsspecStorage, base: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = self.write(storage, f"{base}/a", b"x" * 1000)
        sizes = []
        whole = ObjectStore.cat_ranges

        def cat_ranges(self: ObjectStore, paths: list[str], *args: Any, **kwargs: Any) -> Any:
            sizes.append(len(paths))
            return whole(self, paths, *args, **kwargs)

        monkeypatch.setattr(ObjectStore, "cat_ranges", cat_ranges)
        monkeypatch.setattr("corral_core.storage.remote._WINDOW_BYTES", 100)
        monkeypatch.setattr("corral_core.storage.remote._WINDOW_RANGES", 5)
        got = storage.read_ranges([ByteRange(path, 0, n) for n in (1, 1, 1, 1, 1, 1, 99, 1, 500, 2)])
        assert [len(data) for data in got] == [1, 1, 1, 1, 1, 1, 99, 1, 500, 2]
        assert sizes == [5, 2, 1, 1, 1]

    def test_directory_markers_are_no_files(self, storage: FsspecStorage, base: str) -> None:
        self.write(storage, f"{base}/d/a")
        marker = f"/{base.removeprefix('az://')}/d/"
        storage_of_markers = ObjectStore.inner.store
        storage_of_markers[marker] = type(ObjectStore.inner.open(f"{marker}a"))(ObjectStore.inner, marker)
        assert self.names(storage, base, "*") == ["d/a"]

    def test_other_errors_of_the_sdk_become_os_errors(
        self, storage: FsspecStorage, base: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(self: ObjectStore, path: str, **kwargs: Any) -> None:
            raise LookupError("no credentials")

        monkeypatch.setattr(ObjectStore, "info", fail)
        with pytest.raises(OSError, match=r"LookupError: no credentials.*az://"):
            storage.stat(f"{base}/a")

    def test_a_refusal_names_the_path(self, storage: FsspecStorage, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(self: ObjectStore, path: str, **kwargs: Any) -> None:
            raise PermissionError("Forbidden")

        monkeypatch.setattr(ObjectStore, "info", fail)
        with pytest.raises(PermissionError, match=f"{base}/a"):
            storage.list(f"{base}/a")


def test_a_file_of_unknown_size_is_refused(object_store: type[ObjectStore], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_store, "info", lambda self, path, **kwargs: {"type": "file", "size": None, "name": path})
    with pytest.raises(OSError, match="does not tell the size"):
        FsspecStorage("az").stat("gs://a/b")


@pytest.mark.parametrize(
    ("scheme", "told"), [("nosuch", r"local paths, s3://, gs:// and"), ("S3", r"did you mean s3://\?$")]
)
def test_an_unknown_scheme_is_refused_with_the_nearest(scheme: str, told: str) -> None:
    with pytest.raises(InputError, match=f"nothing here stores {scheme}:// paths: {told}"):
        FsspecStorage(scheme)


def test_an_address_that_lacks_something_says_where_it_goes() -> None:
    with pytest.raises(InputError, match=r"github://x can't be opened: .*'org' and 'repo'; .* fsspec's configuration"):
        FsspecStorage("github").list("github://x")


def test_a_package_that_is_missed_late_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems import what they work with when one is made."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"hdfs:// paths need a package that is not installed: .*pyarrow"):
        FsspecStorage("hdfs").list("hdfs://host/x")


@pytest.mark.parametrize(
    ("status", "told"),
    [(404, None), (403, "the store can't be reached: 403"), (None, "the store can't be reached: Cannot connect")],
    ids=["gone", "refused", "not there"],
)
def test_a_server_that_does_not_answer_is_no_missing_file(status: int | None, told: str | None) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(status or 500)

        do_HEAD = do_GET  # noqa: N815  (the name that http.server looks for)

        def log_message(self, *_: object) -> None:
            """In silence."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            # Nobody listens on port 9, that of the discard service.
            path = f"http://127.0.0.1:{server.server_port if status else 9}/x"
            with pytest.raises(OSError, match=told) if told else nullcontext():
                assert FsspecStorage("http").list(path) == []
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("scheme", "module", "way_out"),
    [
        ("s3", "s3fs", r"pip install 'corral-core\[s3\]'"),
        ("sftp", "paramiko", "paramiko"),
    ],
)
def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, scheme: str, module: str, way_out: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "fsspec.implementations.sftp", raising=False)
    monkeypatch.delitem(REGISTRY, scheme, raising=False)
    with pytest.raises(InputError, match=way_out):
        FsspecStorage(scheme)


def test_memory_paths_have_one_form() -> None:
    storage = MemoryStorage()
    assert {storage.normalize(path) for path in ("memory://a/b", "memory:///a/b", "memory://a/b/")} == {"memory://a/b"}


def test_a_writer_may_close_a_memory_file_early() -> None:
    path = f"memory://{uuid4()}"
    with MemoryStorage().create(path) as stream, io.TextIOWrapper(stream) as text:
        text.write("done")
    assert MemoryStorage().stat(path).size == 4
    MemoryStorage().delete([path])


def test_http_paths_keep_their_final_slash() -> None:
    assert FsspecStorage("https").normalize("https://host/a/") == "https://host/a/"
