"""What Lambda calls. Importing it is the cold start, so it imports what every task needs and nothing else."""

from __future__ import annotations

import os
from typing import Any

# Here, though it is not used here: every task reads s3://, and Lambda gives a function that starts more of a
# processor than a small one has later.
import s3fs  # noqa: F401  (see above)

from corral_core.remote.handler import Room, answer
from corral_core.remote.probing import probed
from corral_lambda.quotas import PAYLOAD_BYTES
from corral_lambda.wire import packed, unpacked

__all__ = ["handle"]

os.environ["CORRAL_CODE_ROOT"] = os.environ["LAMBDA_TASK_ROOT"]  # the job's code lies beside corral's


def handle(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Run one task; or, for an event with ``probe``, say whether this function may work where that file is."""
    if "probe" in event:
        return {"probed": probed(event["probe"])}
    room = Room(
        reply=PAYLOAD_BYTES,
        work=event.get("work", ""),
        seconds=context.get_remaining_time_in_millis() / 1000,
        memory=int(context.memory_limit_in_mb) * 2**20,
    )
    return packed(answer(unpacked(event), room))
