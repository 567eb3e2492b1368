"""Code on its way to the control plane: unpacked for the environments, and read from S3 where a call only names it."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING, Any

from corral_lambda.testing.answers import Answer, lambda_error

if TYPE_CHECKING:
    from pathlib import Path

    from corral_lambda.testing.functions import Code

__all__ = ["UPLOADS", "Uploads"]

UPLOADS = {"CreateFunction", "UpdateFunctionCode"}
_MOST_REQUEST = 70_167_211
"""Bytes of a call with code in it, in Base64: 50 MB of zip. Lambda's own message names this number."""


class Uploads:
    """Looks into the calls that bring code.

    :param buckets: the folder whose folders are the buckets.
    """

    def __init__(self, code: Code, buckets: Path) -> None:
        self._code = code
        self._buckets = buckets

    async def take(self, body: bytes) -> bytes | Answer:
        """The call's body for the control plane, with the code in it; or why Lambda would refuse it."""
        if len(body) > _MOST_REQUEST:
            message = f"Request must be smaller than {_MOST_REQUEST} bytes for the operation"
            return lambda_error(413, "RequestEntityTooLargeException", message)
        asked: dict[str, Any] = json.loads(body)
        code = asked.get("Code", asked)
        if "S3Bucket" in code:
            path = self._buckets / code.pop("S3Bucket") / code.pop("S3Key")
            code.pop("S3ObjectVersion", None)
            if not path.is_file():
                message = "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: no such key."
                return lambda_error(400, "InvalidParameterValueException", message)
            code["ZipFile"] = base64.b64encode(await asyncio.to_thread(path.read_bytes)).decode()
            body = json.dumps(asked).encode()
        if "ZipFile" in code and (refusal := await self._code.add(base64.b64decode(code["ZipFile"]))):
            return lambda_error(400, "InvalidParameterValueException", refusal)
        return body
