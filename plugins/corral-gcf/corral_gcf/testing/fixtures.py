"""Pytest fixtures of the stack.

In the ``conftest.py`` beside your tests::

    from corral_gcf.testing.fixtures import gcp, local_gcp

    __all__ = ["gcp", "local_gcp"]

and a test that asks for ``gcp`` has a project of its own: empty, with a bucket ``data``, and found by google-auth,
google-cloud-functions and the ``corral`` command without more. The servers behind it start once a session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corral_gcf.testing.local_gcp import LocalGcp

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["gcp", "local_gcp"]


@pytest.fixture(scope="session")
def local_gcp() -> Iterator[LocalGcp]:
    """The stack of the session."""
    with LocalGcp("data") as stack:
        yield stack


@pytest.fixture
def gcp(local_gcp: LocalGcp) -> Iterator[LocalGcp]:
    """The stack, with an empty project, in this process's environment."""
    local_gcp.reset()
    with local_gcp.environment():
        yield local_gcp
