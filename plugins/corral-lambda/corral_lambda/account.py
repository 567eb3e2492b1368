"""The AWS account that a run works in: credentials, region, clients. boto3 is imported when one is made."""

from __future__ import annotations

from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from corral_core.errors import ExecutorUnavailable, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Account", "asking", "code_of"]

_SOURCES = (
    "the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, the profile {profile} in ~/.aws/credentials and "
    "~/.aws/config, single sign-on, a web identity, and the metadata of a container or an instance"
)
"""Where botocore looks, in this order."""

_PATIENT: dict[str, Any] = {"retries": {"mode": "standard", "total_max_attempts": 5}}
_QUICK: dict[str, Any] = {"retries": {"total_max_attempts": 1}, "connect_timeout": 5, "read_timeout": 8}

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
            raise UsageError(f"AWS's configuration can't be used: {error}") from error
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
        """
        from botocore.exceptions import BotoCoreError, ClientError

        if self._identity is not None:
            return self._identity
        try:
            answer = self.client("sts").get_caller_identity()
        except ClientError as error:
            wrong = "have expired" if code_of(error) in _EXPIRED else "are not accepted by AWS"
            raise UsageError(
                f"the AWS credentials {wrong} ({code_of(error)}); they come from {self._credentials.method}, the first "
                f"that has any of {self._sources}; renew them"
            ) from error
        except BotoCoreError as error:
            raise ExecutorUnavailable(f"AWS can't be reached: {error}") from error
        self._identity = answer["Arn"].split(":")[1], answer["Account"]
        return self._identity

    def client(self, service: str) -> Any:
        """A client for a service's control plane, the same each time. A patient one retries as botocore's standard mode
        does."""
        if service not in self._clients:
            from botocore.config import Config

            config = Config(user_agent_extra="corral", **(_PATIENT if self._patient else _QUICK))
            self._clients[service] = self._session.client(service, config=config)
        return self._clients[service]

    @property
    def _sources(self) -> str:
        return _SOURCES.format(profile=self._session.profile_name)


def code_of(error: Any) -> str:
    """The error code of a botocore ClientError."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def asking() -> Iterator[None]:
    """Turn what botocore raises in the block into corral's errors.

    :raises UsageError: when the credentials don't allow a call, or AWS finds an argument wrong.
    :raises ExecutorUnavailable: when AWS can't be reached or fails.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code, status = code_of(error), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        message = " ".join(error.response.get("Error", {}).get("Message", "").split())  # a gateway's may be a page
        said = f"{error.operation_name}: {code}: {message}"
        if code.startswith("AccessDenied") or code == "UnauthorizedOperation":
            raise UsageError(
                f"the AWS credentials don't allow {said}; docs/howto/lambda.md lists the rights"
            ) from error
        wrong = status < HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.TOO_MANY_REQUESTS
        raise (UsageError if wrong else ExecutorUnavailable)(f"AWS answered {said}") from error
    except BotoCoreError as error:
        raise ExecutorUnavailable(f"AWS can't be reached: {error}") from error
