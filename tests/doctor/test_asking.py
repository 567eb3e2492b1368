from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from corral_core.diagnosis import Finding
from corral_core.doctor.asking import asked

if TYPE_CHECKING:
    from collections.abc import Iterator

WELL = Finding("credentials", "ok", "from a file")


def test_what_is_found_is_given_in_its_order() -> None:
    findings = [WELL, Finding("rights", "failed", "none", "ask for some")]
    assert list(asked(lambda: findings)) == findings


def test_a_place_that_does_not_answer_is_given_up_and_what_it_said_before_stays() -> None:
    never = threading.Event()

    def source() -> Iterator[Finding]:
        yield WELL
        never.wait()

    first, second = asked(source, patience=0.05)
    never.set()
    assert first == WELL
    assert (second.state, second.detail) == ("failed", "no answer within 0.05 s")
    assert "network" in second.remedy


def test_what_a_plugin_raises_is_a_finding() -> None:
    def source() -> Iterator[Finding]:
        yield WELL
        raise KeyError("barn")

    first, second = asked(source)
    assert first == WELL
    assert (second.state, second.detail) == ("failed", "it broke off: KeyError: 'barn'")
