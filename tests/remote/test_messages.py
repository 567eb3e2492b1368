from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corral_core.errors import MessageError
from corral_core.remote.messages import is_reference, laid_down, opened, refusal

if TYPE_CHECKING:
    from pathlib import Path


def test_a_message_that_travels_is_itself() -> None:
    assert opened(b'{"type":"map"}') == b'{"type":"map"}'
    assert not is_reference(b'{"type":"map"}')


def test_a_message_that_lies_in_storage_is_found(tmp_path: Path) -> None:
    data = b"\0x" * 1000
    short = laid_down(data, str(tmp_path))
    assert is_reference(short)
    assert len(short) < 1000
    assert opened(short) == data
    assert laid_down(data, str(tmp_path)) == short


def test_a_damaged_message_is_refused(tmp_path: Path) -> None:
    short = laid_down(b"whole", str(tmp_path))
    [stored] = (tmp_path / "messages").iterdir()
    stored.write_bytes(b"cut")
    with pytest.raises(MessageError, match="damaged"):
        opened(short)


def test_a_refusal_says_why() -> None:
    with pytest.raises(MessageError, match="of another version"):
        opened(refusal(MessageError("of another version")))


def test_half_a_reference_is_no_message() -> None:
    with pytest.raises(MessageError, match="not a message"):
        opened(b'{"corral_ref": 3}')
