"""Turns what goes wrong with a call to AWS into corral's errors. botocore is imported when it is needed."""

from __future__ import annotations

from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from corral_core.errors import CorralError, ExecutorUnavailable, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["asking", "code_of", "one_line", "status_of"]

_LOOK = "look at proxies (HTTPS_PROXY) and at AWS_ENDPOINT_URL"


@contextmanager
def asking() -> Iterator[None]:
    """Turn what botocore raises in the block into corral's errors.

    :raises UsageError: when the credentials don't allow a call, or AWS finds an argument wrong.
    :raises ExecutorUnavailable: when AWS can't be reached or fails, or somebody else answered in its place.
    """
    from botocore import exceptions as sdk
    from botocore.parsers import ResponseParserError

    try:
        yield
    except sdk.ClientError as error:
        raise _refused(error) from error
    except (sdk.ConnectionError, sdk.HTTPClientError) as error:
        raise ExecutorUnavailable(f"AWS can't be reached: {one_line(error)}") from error
    except sdk.BotoCoreError as error:
        raise ExecutorUnavailable(f"AWS can't be asked: {one_line(error)}") from error
    except ResponseParserError as error:
        raise ExecutorUnavailable(f"the answer is not one of AWS's ({one_line(error)}): {_LOOK}") from error
    except KeyError as error:  # botocore's too, when what it parsed is not what it asked for
        raise ExecutorUnavailable(f"the answer is not one of AWS's, as it has no {error}: {_LOOK}") from error


def code_of(error: Any) -> str:
    """The error code of a botocore ClientError."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: Any) -> int:
    """The HTTP status of a botocore ClientError; 0 for one that has none."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def one_line(error: Exception) -> str:
    """What botocore says, which may have many lines: some answers are a gateway's page."""
    return " ".join(str(error).split())


def _refused(error: Any) -> CorralError:
    code, status = code_of(error), status_of(error)
    message = " ".join(error.response.get("Error", {}).get("Message", "").split())
    said = f"{error.operation_name}: {code}: {message}"
    if code.startswith("AccessDenied") or code == "UnauthorizedOperation":
        return UsageError(f"the AWS credentials don't allow {said}; docs/howto/lambda.md lists the rights")
    wrong = status < HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.TOO_MANY_REQUESTS
    return (UsageError if wrong else ExecutorUnavailable)(f"AWS answered {said}")
