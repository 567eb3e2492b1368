from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from corral_lambda.quotas import PAYLOAD_BYTES
from corral_lambda.wire import packed, unpacked


@given(st.binary(max_size=200), st.sampled_from([1, 1000]))
def test_any_bytes_come_back_through_json(data: bytes, times: int) -> None:
    assert unpacked(json.loads(json.dumps(packed(data * times)))) == data * times


def test_a_small_message_can_be_read_as_it_is() -> None:
    assert packed(b'{"type":"map"}') == {"text": '{"type":"map"}'}


def test_the_largest_message_full_of_paths_fits() -> None:
    paths = b",".join(
        b'["s3://bucket/out/_corral/20261122-100000-abcdef/stage-0/map-%d.0",0,1,2]' % n for n in range(99_999)
    )
    assert len(json.dumps(packed(paths[:PAYLOAD_BYTES]))) < PAYLOAD_BYTES / 3
