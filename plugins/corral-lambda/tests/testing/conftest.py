"""What the tests of the stack share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corral_lambda.testing.fixtures import aws, local_aws
from corral_lambda.testing.tiny import TinyFunctions

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_lambda.testing import LocalAws

__all__ = ["aws", "local_aws"]


@pytest.fixture
def lambdas(aws: LocalAws) -> TinyFunctions:
    """Functions of an empty account."""
    return TinyFunctions()


@pytest.fixture
def fails() -> Callable[[Callable[[], object]], tuple[int, str, str]]:
    """``fails(call)``: the status, code and message with which a call is refused."""
    from botocore.exceptions import ClientError

    def call(work: Callable[[], object]) -> tuple[int, str, str]:
        with pytest.raises(ClientError) as caught:
            work()
        answer = caught.value.response
        return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]

    return call
