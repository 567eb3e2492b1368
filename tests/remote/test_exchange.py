from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from corral_core.errors import ExecutorUnavailable, MessageError, WorkerLost
from corral_core.remote.exchange import Exchange
from corral_core.remote.messages import is_reference, laid_down, opened, refusal

if TYPE_CHECKING:
    from pathlib import Path

SMALL, LARGE = b'{"type":"map"}', b'{"type":"map"}' + b" " * 100


def exchange(work: Path | str) -> Exchange:
    return Exchange(str(work), 50, "the cloud")


def test_what_fits_travels_itself(tmp_path: Path) -> None:
    assert asyncio.run(exchange(tmp_path).outgoing(SMALL)) == SMALL
    assert asyncio.run(exchange(tmp_path).incoming(SMALL)) == SMALL


def test_what_does_not_fit_travels_by_reference_both_ways(tmp_path: Path) -> None:
    sent = asyncio.run(exchange(tmp_path).outgoing(LARGE))
    assert is_reference(sent)
    assert opened(sent) == LARGE
    assert asyncio.run(exchange(tmp_path).incoming(laid_down(LARGE, str(tmp_path)))) == LARGE


def test_without_a_folder_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ExecutorUnavailable, match=r"larger than the 50 that the cloud takes"):
        asyncio.run(exchange("").outgoing(LARGE))


def test_what_can_not_be_stored_or_read_is_an_error_of_the_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExecutorUnavailable, match="can't be stored"):
        asyncio.run(exchange(tmp_path / "file").outgoing(LARGE))
    reply = laid_down(LARGE, str(tmp_path))
    next((tmp_path / "messages").iterdir()).unlink()
    with pytest.raises(WorkerLost, match="can't be read"):
        asyncio.run(exchange(tmp_path).incoming(reply))


def test_a_refusal_is_a_message_error(tmp_path: Path) -> None:
    with pytest.raises(MessageError, match="no task"):
        asyncio.run(exchange(tmp_path).incoming(refusal(MessageError("no task"))))
