from __future__ import annotations

from typing import Any

import pytest

from corral_core.engine.place import PREVIEW, Place
from corral_core.formats.api import Batch


def shown(place: Place) -> tuple[str | None, int | None, str]:
    return place.file, place.offset, place.preview


def test_the_record_in_hand_is_the_one_that_was_given_last() -> None:
    place = Place()
    values = place.enter(Batch(["a", "bb", "c"], lambda index: [0, 2, 5][index]))
    seen = [(place.offset, place.preview) for _ in values]
    assert seen == [(0, "'a'"), (2, "'bb'"), (5, "'c'")]


@pytest.mark.parametrize("values", [["a"], ("a",)], ids=["list", "tuple"])
def test_between_batches_no_record_is_in_hand(values: Any) -> None:
    place = Place()
    next(place.enter(Batch(values, lambda index: 7)))
    assert place.offset == 7
    place.leave()
    assert shown(place) == (None, None, "")


def test_a_key_in_hand_is_shown_and_one_to_blame_hides_the_record() -> None:
    place = Place()
    place.key = (1, "k")
    assert shown(place) == (None, None, "(1, 'k')")
    place.file = "in.txt"
    next(place.enter(Batch(["a"], lambda index: 0)))
    place.blame("other")
    assert shown(place) == (None, None, "'other'")


class Unspeakable:
    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("key", "preview"),
    [(Unspeakable(), "a Unspeakable"), (10**5000, "a int"), (None, "None")],
    ids=["unspeakable", "large", "none"],
)
def test_a_preview_never_fails(key: Any, preview: str) -> None:
    place = Place()
    place.key = key
    assert place.preview == preview


def test_a_preview_is_short() -> None:
    place = Place()
    for value in ("x" * 10**6, b"\0" * 10**6, ["x"] * 10**5):
        next(place.enter(Batch([value], lambda index: 0)))
        assert len(place.preview) <= PREVIEW + 10
