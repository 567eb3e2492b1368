"""What functions-framework calls. Importing it is the cold start, so it imports what every task needs and no more."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import unquote

# Here, though it is not used here: every task reads gs://, and an instance that starts has more of a processor.
import aiohttp  # noqa: F401  (see above)

from corral_core.remote.handler import Room, answer
from corral_core.remote.probing import probed
from corral_gcf.quotas import PAYLOAD_BYTES

if TYPE_CHECKING:
    from flask import Request

__all__ = ["PROBE", "WORK", "main"]

WORK, PROBE = "X-Corral-Work", "X-Corral-Probe"
"""Headers: the run's folder; a file to try one's rights on. Quoted, for headers hold ASCII alone."""
_BYTES = {"Content-Type": "application/octet-stream"}


def main(request: Request) -> tuple[bytes, dict[str, str]]:
    """Run one task; or, for a probe, say whether this function may work where that file is."""
    if PROBE in request.headers:
        return probed(unquote(request.headers[PROBE])).encode(), _BYTES
    room = Room(
        reply=PAYLOAD_BYTES,
        work=unquote(request.headers.get(WORK, "")),
        seconds=float(os.environ["CORRAL_SECONDS"]),
        memory=int(os.environ["CORRAL_MEMORY_MB"]) * 2**20,
    )
    return answer(request.get_data(), room), _BYTES
