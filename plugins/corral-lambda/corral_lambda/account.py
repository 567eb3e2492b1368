"""The AWS account that a run works in: credentials, region, clients. boto3 is imported when one is made."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from corral_core.errors import UsageError
from corral_lambda.asking import asking, code_of, one_line, status_of

__all__ = ["Account"]

_SOURCES = (
    "the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, the profile {profile} in ~/.aws/credentials and "
    "~/.aws/config, single sign-on, a web identity, and the metadata of a container or an instance"
)
"""Where botocore looks, in this order."""

_PATIENT: dict[str, Any] = {"retries": {"mode": "standard", "total_max_attempts": 5}}
_QUICK: dict[str, Any] = {"retries": {"total_max_attempts": 1}, "connect_timeout": 5, "read_timeout": 8}

_UNUSABLE = "AWS's configuration (the environment's AWS_..., ~/.aws/config) can't be used"

_NOT_ACCEPTED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})


class Account:
    """Clients for one region, with the credentials that AWS's own tools would take.

    :param region: by default what the environment and the profile say.
    :param patient: whether its clients try again, and wait long for an answer.
    :raises UsageError: for an unknown profile, no credentials, or no region.
    """

    def __init__(self, region: str | None = None, *, patient: bool = True) -> None:
        import boto3
        from botocore.exceptions import BotoCoreError

        try:
            self._session = boto3.Session(region_name=region)
            self._credentials = self._session.get_credentials()
        except BotoCoreError as error:
            raise UsageError(f"{_UNUSABLE}: {one_line(error)}") from error
        self._patient = patient
        self._clients: dict[str, Any] = {}
        self._identity: tuple[str, str] | None = None
        if self._credentials is None:
            raise UsageError(f"there are no AWS credentials: looked at {self._sources}; set one of them up")
        if not self._session.region_name:
            raise UsageError("no AWS region is set: give --lambda-region, AWS_DEFAULT_REGION, or one in the profile")
        self.region = str(self._session.region_name)

    @property
    def method(self) -> str:
        """How botocore has found the credentials, in its own word."""
        return str(self._credentials.method)

    @property
    def profile(self) -> str:
        """The profile that is used, where one is."""
        return str(self._session.profile_name)

    def identity(self) -> tuple[str, str]:
        """The partition, such as ``aws`` or ``aws-cn``, and the account's number.

        :raises UsageError: when AWS does not accept the credentials.
        :raises ExecutorUnavailable: when AWS can't be reached or fails.
        """
        from botocore.exceptions import ClientError

        if self._identity is not None:
            return self._identity
        with asking():
            try:
                answer = self.client("sts").get_caller_identity()
            except ClientError as error:
                if status_of(error) not in _NOT_ACCEPTED and code_of(error) not in _EXPIRED:
                    raise
                wrong = "have expired" if code_of(error) in _EXPIRED else "are not accepted by AWS"
                raise UsageError(
                    f"the AWS credentials {wrong} ({code_of(error)}); they come from {self._credentials.method}, the "
                    f"first that has any of {self._sources}; renew them"
                ) from error
            self._identity = answer["Arn"].split(":")[1], answer["Account"]
        return self._identity

    def client(self, service: str) -> Any:
        """A client for a service's control plane, the same each time. A patient one retries as botocore's standard mode
        does.

        :raises UsageError: when what is configured makes none, such as an endpoint that is no URL.
        """
        if service not in self._clients:
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError

            config = Config(user_agent_extra="corral", **(_PATIENT if self._patient else _QUICK))
            try:
                self._clients[service] = self._session.client(service, config=config)
            except (BotoCoreError, ValueError) as error:
                raise UsageError(f"{_UNUSABLE}: {one_line(error)}") from error
        return self._clients[service]

    @property
    def _sources(self) -> str:
        return _SOURCES.format(profile=self._session.profile_name)
