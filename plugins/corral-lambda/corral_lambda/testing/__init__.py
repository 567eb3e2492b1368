"""An AWS on your own machine, for tests and for a look at ``--executor lambda`` without an account.

::

    with LocalAws("data") as aws, aws.environment():
        boto3.client("lambda").create_function(...)     # moto
        boto3.client("lambda").invoke(...)              # AWS's own Runtime Interface Emulator, on the code uploaded
        s3fs.S3FileSystem().ls("data")                  # rclone

Nothing in a program needs to know: the SDKs follow ``AWS_ENDPOINT_URL`` and ``AWS_ENDPOINT_URL_S3``. It runs on Linux.
Install it with ``pip install 'corral-lambda[testing]'``; pytest fixtures are in :mod:`corral_lambda.testing.fixtures`.

What differs from AWS: signatures are not checked but for S3's, permissions are not checked at all, one interpreter
(this one) serves all functions, and a function's temporary files lie in ``$TMPDIR``, not in a ``/tmp`` of its own.
"""

from __future__ import annotations

from corral_core.testing.invoke_faults import InvokeFault, InvokeFaults
from corral_lambda.testing.calls import Call
from corral_lambda.testing.delays import Delays
from corral_lambda.testing.local_aws import LocalAws

__all__ = ["Call", "Delays", "InvokeFault", "InvokeFaults", "LocalAws"]
