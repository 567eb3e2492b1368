"""Pytest fixtures of the stack.

In the ``conftest.py`` beside your tests::

    from corral_lambda.testing.fixtures import aws, local_aws

    __all__ = ["aws", "local_aws"]

and a test that asks for ``aws`` has an account of its own: empty, with a bucket ``data``, and found by boto3, s3fs and
the ``corral`` command without more. The servers behind it start once a session, when the first test asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corral_lambda.testing.local_aws import LocalAws

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["aws", "local_aws"]


@pytest.fixture(scope="session")
def local_aws() -> Iterator[LocalAws]:
    """The stack of the session."""
    with LocalAws("data") as stack:
        yield stack


@pytest.fixture
def aws(local_aws: LocalAws) -> Iterator[LocalAws]:
    """The stack, with an empty account, in this process's environment."""
    local_aws.reset()
    with local_aws.environment():
        yield local_aws
