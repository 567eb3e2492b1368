from __future__ import annotations

from itertools import pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from corral_core.cli.page.timeline import Row, Timeline, pack
from corral_core.report.api import Attempts, SessionRun
from tests.report.conftest import decoded, made

spans = st.lists(st.tuples(st.floats(0, 100), st.floats(0, 10)).map(lambda each: (each[0], each[0] + each[1])))


@given(spans)
def test_no_two_in_a_slot_overlap_and_there_are_no_more_slots_than_needed(spans: list[tuple[float, float]]) -> None:
    slots = pack(spans)
    for slot in set(slots):
        mine = sorted(span for span, taken in zip(spans, slots, strict=True) if taken == slot)
        assert all(before[1] <= after[0] for before, after in pairwise(mine))
    most = max((sum(b <= at < e or b == at for b, e in spans) for at, _ in spans), default=0)
    assert len(set(slots)) <= most


def test_a_row_has_the_fields_of_an_attempt_in_their_order() -> None:
    assert Row._fields == Attempts.__struct_fields__


def test_all_attempts_stand_on_the_axis_in_as_many_slots_as_there_were() -> None:
    timeline = Timeline(decoded(made(300, slots=12)))
    assert set(timeline.slots.values()) == set(range(12))
    assert all(span is not None and 0 <= span[0] <= span[1] <= timeline.seconds for span in timeline.spans)


def test_sessions_stand_one_after_another_and_what_has_no_time_nowhere() -> None:
    report = decoded(made(3))
    first, second = (msgspec.structs.replace(report.sessions[0], number=number, seconds=10.0) for number in (0, 2))
    report = msgspec.structs.replace(report, sessions=[first, SessionRun(1, "unknown"), second])
    report.attempts.session = [2] * len(report.attempts.session)
    report.attempts.session[0], report.attempts.began[0] = 1, None
    timeline = Timeline(report)
    assert timeline.offsets[0] == 0
    assert 10 < timeline.offsets[2] < 11
    assert timeline.spans[0] is None
    assert 0 not in timeline.slots
