"""Where AWS's tools have found credentials, in words for people."""

from __future__ import annotations

import os

__all__ = ["source_of"]

_SOURCES = {
    "env": "the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "shared-credentials-file": "the profile {profile} in ~/.aws/credentials",
    "config-file": "the profile {profile} in ~/.aws/config",
    "assume-role": "a role that the profile {profile} assumes",
    "assume-role-with-web-identity": "a web identity",
    "sso": "single sign-on of the profile {profile}",
    "login": "aws login of the profile {profile}",
    "custom-process": "a program that the profile {profile} names",
    "container-role": "the container's role",
    "iam-role": "the instance's role",
    "explicit": "fsspec's configuration",
    "anonymous": "nobody: fsspec's configuration asks for none",
}
"""By what botocore calls the method, as of 1.40."""


def source_of(method: str, profile: str | None = None) -> str:
    """Where credentials come from.

    :param method: as botocore says, ``env``.
    :param profile: by default the one that is set.
    """
    profile = profile or os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE") or "default"
    return _SOURCES.get(method, method).format(profile=profile)
