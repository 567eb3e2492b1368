"""Reading ahead gives the same bytes, and stops when nobody wants them."""

from __future__ import annotations

import io
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_core.storage import readahead
from corral_core.storage.readahead import ReadAhead


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "corral-read-ahead"]


@given(
    data=st.binary(max_size=200),
    wanted=st.integers(0, 220),
    sizes=st.lists(st.integers(1, 40), max_size=30),
    piece=st.integers(1, 60),
)
def test_the_bytes_are_the_streams(data: bytes, wanted: int, sizes: list[int], piece: int) -> None:
    """Whatever is wanted ahead, and in whatever sizes it is asked for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(readahead, "PIECE", piece)
        with ReadAhead(io.BytesIO(data), wanted) as stream:
            got = b"".join(stream.read(size) or b"" for size in sizes) + stream.read()
    assert got == data
    assert not threads()


def test_no_more_is_fetched_than_wanted() -> None:
    """What lies behind the split is left alone until it is asked for."""
    inner = io.BytesIO(b"x" * 100)
    with ReadAhead(inner, 60) as stream:
        assert stream.read(10) == b"x" * 10
        deadline = time.monotonic() + 10
        while inner.tell() < 60 and time.monotonic() < deadline:
            threading.Event().wait(0.001)
        assert inner.tell() == 60
        assert len(stream.read()) == 90


def test_closing_early_ends_the_thread_and_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that stops leaves nothing behind, though the thread waits for room."""
    monkeypatch.setattr(readahead, "PIECE", 1)
    inner = io.BytesIO(b"x" * 1000)
    stream = ReadAhead(inner, 1000)
    assert stream.read(1) == b"x"
    stream.close()
    assert inner.closed
    assert not threads()


def test_an_error_is_raised_where_the_bytes_are_missed() -> None:
    """What was read before the error is given first."""

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() >= 4:
                raise OSError("the line is cut")
            return super().read(min(2, size or 2))

    with ReadAhead(Broken(b"abcdefgh"), 8) as stream:
        assert stream.read(2) + stream.read(2) == b"abcd"
        with pytest.raises(OSError, match="the line is cut"):
            stream.read(2)
