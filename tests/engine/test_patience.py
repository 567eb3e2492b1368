from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from corral_core.engine.patience import TRIES, patient

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited between tries, instead of waiting."""
    waits: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waits.append)
    return waits


def failing(*errors: Exception) -> tuple[Callable[[str], str], list[str]]:
    """A call that raises these one after the other, then answers; and with what it was called."""
    left, calls = list(errors), list[str]()

    def call(word: str) -> str:
        calls.append(word)
        if left:
            raise left.pop(0)
        return word.upper()

    return call, calls


IO = OSError(errno.EIO, "input/output error")


def test_a_call_that_works_is_made_once(rests: list[float]) -> None:
    call, calls = failing()
    assert patient(call, "a") == "A"
    assert (calls, rests) == (["a"], [])


def test_a_call_that_fails_is_made_again_after_a_rest_the_same_way(rests: list[float]) -> None:
    call, calls = failing(IO, TimeoutError("slow"))
    assert patient(call, "a") == "A"
    assert calls == ["a"] * 3
    assert all(0 <= rest <= 4 for rest in rests)


def test_the_last_of_many_errors_is_told(rests: list[float]) -> None:
    call, calls = failing(*[IO] * 99)
    with pytest.raises(OSError, match="input/output error") as caught:
        patient(call, "a")
    assert caught.value is IO
    assert len(calls) == TRIES + 1


@pytest.mark.parametrize(
    "error",
    [FileNotFoundError(), FileExistsError(), PermissionError(), IsADirectoryError(), ValueError("no")],
    ids=repr,
)
@pytest.mark.parametrize("before", [0, 1])
def test_what_can_not_get_better_is_told_at_once(rests: list[float], error: Exception, before: int) -> None:
    call, calls = failing(*[IO] * before, error)
    with pytest.raises(type(error)):
        patient(call, "a")
    assert len(calls) == before + 1
