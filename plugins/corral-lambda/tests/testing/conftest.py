"""What the tests of corral-lambda share."""

from __future__ import annotations

from corral_lambda.testing.fixtures import aws, local_aws

__all__ = ["aws", "local_aws"]
