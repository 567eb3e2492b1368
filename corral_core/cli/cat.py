"""``corral cat LOCATION``: the outputs of a run, in order, as bytes, as their first records, or in another format."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import click

from corral_core import plugins as plugin_manager
from corral_core.cli.candidates import paths
from corral_core.cli.location import looked_at
from corral_core.cli.streams import out_bytes
from corral_core.errors import InputError
from corral_core.formats.api import FormatOptions
from corral_core.formats.lines import LineInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_core.engine.commit import Location
    from corral_core.engine.readback import Outputs
    from corral_core.formats.api import InputFormat, OutputFormat

__all__ = ["cat"]

_READABLE = "text"
"""What records of a format that is not made of lines are shown in."""


@click.command(
    "cat",
    short_help="Print the outputs in LOCATION, in order.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("locations", metavar="[LOCATION]...", nargs=-1, shell_complete=paths)
@click.option("--head", metavar="N", type=click.IntRange(min=0), help="Only the first N records.")
@click.option("--format", "shown", metavar="FORMAT", help="Show the records in this output format: text, jsonl, ...")
@click.option("--partial", is_flag=True, help="Show what is there of a run that has not ended.")
def cat(locations: tuple[str, ...], head: int | None, shown: str | None, partial: bool) -> None:
    """Print the outputs in LOCATION, or single files of it, in order.

    Outputs that are made of lines come byte for byte; those of other formats come as records in the text format.
    """
    writes = plugin_manager.load().output_format(shown) if shown else None
    left = head
    for name in locations or (".",):
        with looked_at(name) as location:
            outputs = _outputs(location, name, partial=partial)
        for data, records in _shown(outputs, writes, left):
            out_bytes(data)
            left = None if left is None else left - records


def _outputs(location: Location, name: str, *, partial: bool) -> Outputs:
    from corral_core.engine.readback import file_of, outputs_of

    storage = location.storage
    try:
        file = storage.stat(name)
    except FileNotFoundError:
        return outputs_of(location, partial=partial)
    parent = storage.normalize(name).rpartition("/")[0]
    with looked_at(parent) as above:
        return file_of(above, file)


def _shown(outputs: Outputs, writes: type[OutputFormat] | None, left: int | None) -> Iterator[tuple[bytes, int]]:
    """What to print, with how many records there are in it (counted only if somebody wants a number of them)."""
    plugins = plugin_manager.load()
    if left == 0:
        return
    reads = plugins.input_format(plugins.output_format(outputs.format).reads_as) if outputs.format else None
    if writes is None and (reads is None or issubclass(reads, LineInput)):
        yield from _lines(outputs, left)
        return
    if reads is None:
        raise InputError(
            f"nothing says how {outputs.parts[0].file.path} was written, so its records can't be shown in another "
            "format: give a location whose run has ended well, or leave out --format"
        )
    yield from _records(outputs, reads, writes or plugins.output_format(_READABLE), left)


def _lines(outputs: Outputs, left: int | None) -> Iterator[tuple[bytes, int]]:
    for piece in outputs.pieces():
        if left is None:
            yield piece, 0
            continue
        lines = piece.count(b"\n")
        if lines >= left:
            yield _first(piece, left), left
            return
        yield piece, lines
        left -= lines


def _first(piece: bytes, lines: int) -> bytes:
    end = 0
    for _ in range(lines):
        end = piece.index(b"\n", end) + 1
    return piece[:end]


def _records(
    outputs: Outputs, reads: type[InputFormat], writes: type[OutputFormat], left: int | None
) -> Iterator[tuple[bytes, int]]:
    encoder = writes(FormatOptions(outputs.encoding))
    for batch in outputs.batches(reads):
        records = list(islice(batch.pairs(), left))
        yield encoder.encode(records), len(records)
        if left is not None:
            left -= len(records)
            if not left:
                break
    yield encoder.close(), 0
