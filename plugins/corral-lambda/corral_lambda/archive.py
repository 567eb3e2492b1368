"""The zip that a version runs: the core's bundle, with this plugin's handler in it."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from corral_core.bundle.api import Target
from corral_core.bundle.build import build
from corral_core.storage.resolve import storage_for
from corral_lambda.deploy import Code
from corral_lambda.quotas import CODE_BYTES, DIRECT_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from corral_core.executor import Bundle
    from corral_lambda.settings import LambdaSettings

__all__ = ["archive", "target"]

_OWN = ("__init__.py", "handler.py", "quotas.py", "wire.py")
"""What the handler imports of this package."""

_GLIBC = {"3.11": 26}
"""Runtimes up to 3.11 are on Amazon Linux 2, with glibc 2.26; later ones on Amazon Linux 2023, with 2.34."""

_PRUNE = (
    "botocore/data/*",  # the models of some four hundred services
    "!botocore/data/endpoints.json",
    "!botocore/data/partitions.json",
    "!botocore/data/sdk-default-configuration.json",
    "!botocore/data/_retry.json",
    "!botocore/data/s3/*",
    "!botocore/data/sts/*",
)


def target(settings: LambdaSettings, python: str) -> Target:
    """What the bundle is made for."""
    return Target(
        python=python,
        architecture=settings.lambda_architecture,
        glibc=_GLIBC.get(python, 34),
        name="AWS Lambda",
        packages=("s3fs",),
        prune=_PRUNE,
        max_unpacked=CODE_BYTES,
    )


def archive(
    bundle: Bundle, settings: LambdaSettings, python: str, include: Sequence[str], requirements: str | None
) -> Code:
    """The zip, as Lambda wants to be given it.

    :raises UsageError: when something is missing, has no wheel for Lambda, or is too large for it.
    """
    extra = {f"corral_lambda/{name}": files("corral_lambda").joinpath(name).read_bytes() for name in _OWN}
    made = build(bundle, target(settings, python), include=include, requirements=requirements, extra=extra)
    sha256 = hashlib.sha256(made.path.read_bytes()).digest()
    return Code(base64.b64encode(sha256).decode(), made.digest, lambda: _request(made.path, bundle))


def _request(path: Path, bundle: Bundle) -> dict[str, Any]:
    """The zip itself; or, where it is too large to travel within a request, its place in the run's folder."""
    data = path.read_bytes()
    bundle.step(f"uploading {len(data) / 1e6:.1f} MB to Lambda")
    if len(data) <= DIRECT_BYTES:
        return {"ZipFile": data}
    storage = storage_for(bundle.work)
    name = storage.join(bundle.work, "code.zip")
    with storage.create(name) as stream:
        stream.write(data)
    bucket, _, key = name.partition("://")[2].partition("/")
    return {"S3Bucket": bucket, "S3Key": key}
