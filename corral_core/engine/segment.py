"""The segment: one mapper's sorted pairs for one partition, as bytes. Format version 1.

A segment is a sequence of blocks and ends with an end block. All integers are little-endian::

    segment = data block* end block

    block = magic "cs"    2 bytes
            version       1 byte    1
            kind          1 byte    0 data, 1 end
            values        4 bytes   how many values the block holds
            raw           4 bytes   bytes of the payload before compression
            stored        4 bytes   bytes of the payload as it stands here
            checksum      4 bytes   CRC-32 of the 16 bytes above and of the payload as it stands here
            payload       ``stored`` bytes

A data block's payload is one zstd frame over msgpack of ``[key kind, keys, counts, value kind, values]``: the keys in
order, how many values each has (nil: one each), all values in one column; :mod:`corral_core.engine.columns` says what
the kinds are. A key whose values go on in the next block is that block's first key again. The end block's payload is
two 8-byte integers, the numbers of blocks and of values, so a segment cut between two blocks is seen as well.

zstd at level 1 because, of zstd's and lz4's levels on sorted words with counts, it alone nearly halves the bytes (0.56
against 0.94 for lz4), at 1 GB/s to compress and 2 GB/s to expand: see docs/explanation/performance.md.
"""

from __future__ import annotations

import struct
import sys
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from zlib import crc32

import msgspec

from corral_core.engine import columns
from corral_core.errors import CarryError, SegmentError
from corral_core.keys import order

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["BLOCK_BYTES", "Block", "SegmentWriter", "read_blocks"]

MAGIC, VERSION, DATA, END = b"cs", 1, 0, 1
LEVEL = 1

BLOCK_BYTES = 256 * 2**10
"""A block's payload before compression, about: small enough that a merge holds one block of each of some hundred
segments, large enough that a block's fixed costs do not show."""

_HEADER = struct.Struct("<2sBBIII")
_CHECKSUM = struct.Struct("<I")
_TOTALS = struct.Struct("<QQ")
_HEAD = _HEADER.size + _CHECKSUM.size
_READ = 2**18
_LARGEST = 2**32 - 1

_Payload = tuple[int, msgspec.Raw, list[int] | None, int, msgspec.Raw]
_encode_payload = msgspec.msgpack.Encoder().encode
_decode_payload = msgspec.msgpack.Decoder(_Payload).decode


class Sink(Protocol):
    """What a segment is written to."""

    def write(self, data: bytes, /) -> object:
        """Append bytes."""


@dataclass(slots=True)
class Block:
    """Sorted keys with their values: ``counts[i]`` values for ``keys[i]``, one each when ``counts`` is None."""

    keys: list[Any]
    counts: list[int] | None
    values: list[Any]
    last: bool = False
    """It ends its stream: none of its keys goes on in a block after it."""


class SegmentWriter:
    """Writes one segment. Blocks given to :meth:`write` are cut to the format's size, so give as much as you like.

    :param any_type: the job opted in to pickle.
    :param block_values: values in a block; by default as many as make :data:`BLOCK_BYTES`.
    """

    def __init__(self, stream: Sink, *, any_type: bool = False, block_values: int | None = None) -> None:
        self._stream = stream
        self._encode_values = columns.encode_any if any_type else columns.encode
        self._fixed = block_values is not None
        # The first block shows how large the values are: it has one, so that large ones don't make it huge.
        self._per_block = block_values or 1
        self._compressor = zstd.ZstdCompressor(level=LEVEL)
        self._blocks = 0
        self.values = 0
        self.length = 0

    def write(self, block: Block) -> None:
        """Append keys that come after all keys before, or go on with the last one's values.

        :raises CarryError: when a key or value can't be carried.
        """
        first = done = 0
        ends = list(range(1, len(block.keys) + 1)) if block.counts is None else list(accumulate(block.counts))
        total = len(block.values)
        while done < total:
            until = min(done + self._per_block, total)
            last = first
            if block.counts is None:
                last, counts = until - 1, None
            else:
                while ends[last] < until:
                    last += 1
                counts = block.counts[first : last + 1]
                counts[0] = min(ends[first], until) - done
                if last > first:
                    counts[-1] = until - ends[last - 1]
            self._put(Block(block.keys[first : last + 1], counts, block.values[done:until]))
            first, done = (last + 1 if ends[last] == until else last), until

    def close(self) -> None:
        """Write the end block."""
        self._store(END, 0, _TOTALS.pack(self._blocks, self.values), _TOTALS.size)

    def _put(self, block: Block) -> None:
        counts = block.counts
        if counts is not None and len(counts) == len(block.values):
            counts = None
        payload = _encode_payload((*columns.encode(block.keys), counts, *self._encode_values(block.values)))
        stored = self._compressor.compress(payload, zstd.ZstdCompressor.FLUSH_FRAME)
        self._store(DATA, len(block.values), stored, len(payload))
        self._blocks += 1
        self.values += len(block.values)
        if not self._fixed:
            wanted = self._per_block * BLOCK_BYTES // len(payload)
            self._per_block = max(1, min(wanted, self._per_block * 8))

    def _store(self, kind: int, values: int, payload: bytes, raw: int) -> None:
        if raw > _LARGEST:
            raise CarryError(f"a value of {raw:,} bytes can't be carried; 4 GiB is the largest: emit it in parts")
        header = _HEADER.pack(MAGIC, VERSION, kind, values, raw, len(payload))
        self._stream.write(header + _CHECKSUM.pack(crc32(payload, crc32(header))))
        self._stream.write(payload)
        self.length += _HEAD + len(payload)


def read_blocks(
    read: Callable[[int, int], bytes], length: int, name: str, *, any_type: bool = False, joined: int = 0
) -> Iterator[Block]:
    """The blocks of a segment, checked, one in memory at a time.

    :param read: ``read(offset, size)`` gives bytes of the segment.
    :param length: of the segment in bytes, as its writer said.
    :param name: what errors call it.
    :param joined: neighbours that together have no more bytes than this, before compression, come as one block.
    :raises SegmentError: when it is damaged, cut, or too long.
    """
    try:
        yield from _Reader(read, length, any_type=any_type).blocks(joined)
    except SegmentError as error:
        if error.path is not None:  # it is gone, and says so
            raise
        raise SegmentError(
            f"segment {name} is damaged: {error}; run the job again, and look at the storage or memory it lay in"
        ) from error


class _Head(NamedTuple):
    """What stands before a data block's payload; not known to be whole before the payload is."""

    header: bytes
    values: int
    raw: int
    stored: int


class _Reader:
    """Parses a segment through a window of its bytes."""

    def __init__(self, read: Callable[[int, int], bytes], length: int, *, any_type: bool) -> None:
        self._read, self._length, self._any_type = read, length, any_type
        self._window, self._at, self._fetched = b"", 0, 0
        self._blocks = self._values = 0

    def blocks(self, joined: int) -> Iterator[Block]:
        head = self._following()
        while head is not None:
            block, size = self._block(head), head.raw
            # Only the header is looked at ahead: a payload more would be a second block in memory.
            head = self._following()
            while head is not None and size + head.raw <= joined:
                size += head.raw
                _append(block, self._block(head))
                head = self._following()
            block.last = head is None
            yield block

    def _following(self) -> _Head | None:
        """The next data block's header; None at the end, which has been checked then."""
        header = self._take(_HEAD)
        magic, version, kind, values, raw, stored = _HEADER.unpack_from(header)
        if magic != MAGIC:
            raise SegmentError("a block does not begin where one should")
        if version != VERSION:
            raise SegmentError(f"it has format version {version}, and this corral reads {VERSION}")
        head = _Head(header, values, raw, stored)
        if kind != END:
            return head
        totals = self._payload(head)
        if self._at != len(self._window) or self._fetched != self._length:
            raise SegmentError("it goes on after its end")
        if _TOTALS.unpack(totals) != (self._blocks, self._values):
            raise SegmentError("blocks are missing")
        return None

    def _block(self, head: _Head) -> Block:
        block = _unpack(self._payload(head), head.raw, head.values, any_type=self._any_type)
        self._blocks, self._values = self._blocks + 1, self._values + head.values
        return block

    def _payload(self, head: _Head) -> bytes:
        payload = self._take(head.stored)
        (checksum,) = _CHECKSUM.unpack_from(head.header, _HEADER.size)
        if crc32(payload, crc32(head.header[: _HEADER.size])) != checksum:
            raise SegmentError("a block's checksum does not match")
        return payload

    def _take(self, size: int) -> bytes:
        while len(self._window) - self._at < size:
            wanted = min(max(size, _READ), self._length - self._fetched)
            more = self._read(self._fetched, wanted) if wanted > 0 else b""
            if not more:
                raise SegmentError("it ends too early")
            self._window, self._at = self._window[self._at :] + more, 0
            self._fetched += len(more)
        taken = self._window[self._at : self._at + size]
        self._at += size
        return taken


def _unpack(payload: bytes, raw: int, values: int, *, any_type: bool) -> Block:
    try:
        unpacked = zstd.decompress(payload)
        if len(unpacked) != raw:
            raise SegmentError("a block does not expand to its size")
        key_kind, keys, counts, value_kind, column = _decode_payload(unpacked)
    except (zstd.ZstdError, msgspec.MsgspecError) as error:
        raise SegmentError(f"a block can't be decoded: {error}") from error
    block = Block(columns.decode((key_kind, keys)), counts, columns.decode((value_kind, column), trusted=any_type))
    if len(block.values) != values or (len(block.keys) if counts is None else sum(counts)) != values:
        raise SegmentError("a block does not hold what it says")
    return block


def _append(block: Block, more: Block) -> None:
    """Put the next block behind. Its first key may be this one's last, which then goes on."""
    goes_on = order(block.keys[-1]) == order(more.keys[0])
    if goes_on or block.counts is not None or more.counts is not None:
        block.counts, counts = _counts(block), _counts(more)
        if goes_on:
            block.counts[-1] += counts[0]
        block.counts += counts[goes_on:]
    block.keys += more.keys[goes_on:]
    block.values += more.values


def _counts(block: Block) -> list[int]:
    return [1] * len(block.keys) if block.counts is None else block.counts
