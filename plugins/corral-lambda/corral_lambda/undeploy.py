"""Removes what corral has made in an account for one function, and nothing else. Safe to repeat."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from corral_lambda.asking import asking
from corral_lambda.function import Function
from corral_lambda.role import Role

if TYPE_CHECKING:
    from corral_lambda.account import Account
    from corral_lambda.settings import LambdaSettings

__all__ = ["undeploy"]


def undeploy(account: Account, settings: LambdaSettings) -> None:
    """Remove the function with its versions, its policies, the role after the last of them, and, if
    ``lambdaDeleteLogs`` says so, the log group.

    :raises UsageError: when AWS does not let it.
    """
    name = settings.lambda_function_name
    with asking():
        function = Function(account.client("lambda"), name)
        ours = function.remove()
        Role(account.client("iam"), name).remove()
        if settings.lambda_delete_logs and ours:
            logs = account.client("logs")
            with suppress(logs.exceptions.ResourceNotFoundException):  # a function that never ran has none
                logs.delete_log_group(logGroupName=f"/aws/lambda/{name}")
