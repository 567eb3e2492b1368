"""A reader made from docs/reference/segments.md alone, with nothing of corral's, reads what corral writes."""

from __future__ import annotations

import io
import struct
import sys
from zlib import crc32

import msgspec

from corral_core.engine.segment import Block, SegmentWriter

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def test_the_page_is_enough_to_read_a_segment() -> None:
    stream = io.BytesIO()
    writer = SegmentWriter(stream, block_values=3)
    writer.write(Block(["a", "b"], [4, 1], [1, 2, 3, 4, 5]))
    writer.write(Block(["c"], None, [("x", 1)]))
    writer.close()
    data = stream.getvalue()

    at, pairs, blocks = 0, [], 0
    while True:
        magic, version, kind, values, raw, stored, checksum = struct.unpack_from("<2sBBIIII", data, at)
        payload = data[at + 20 : at + 20 + stored]
        assert (magic, version) == (b"cs", 1)
        assert checksum == crc32(data[at : at + 16] + payload)
        at += 20 + stored
        if kind == 1:
            break
        unpacked = zstd.decompress(payload)
        assert len(unpacked) == raw
        key_kind, keys, counts, value_kind, column = msgspec.msgpack.decode(unpacked)
        assert key_kind == 0
        assert len(column) == values
        column = [tuple(row) for row in column] if value_kind == 1 else column
        rest = iter(column)
        pairs += [(key, next(rest)) for key, n in zip(keys, counts or [1] * len(keys), strict=True) for _ in range(n)]
        blocks += 1
    assert at == len(data)
    assert struct.unpack("<QQ", payload) == (blocks, len(pairs))
    assert pairs == [("a", 1), ("a", 2), ("a", 3), ("a", 4), ("b", 5), ("c", ("x", 1))]
