"""From a run's bundle to a version of the function that may do what the run needs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corral_lambda import versions
from corral_lambda.asking import asking
from corral_lambda.deploy import deploy
from corral_lambda.function import Configuration, Function
from corral_lambda.policy import logs_policy, run_policy
from corral_lambda.role import Role

if TYPE_CHECKING:
    from corral_core.executor import Bundle
    from corral_lambda.account import Account
    from corral_lambda.deploy import Code
    from corral_lambda.settings import LambdaSettings

__all__ = ["Deployment", "deployed"]


@dataclass(frozen=True)
class Deployment:
    """A version that can be called."""

    version: str
    new_rights: bool
    """Whether its rights were given a moment ago, and may not hold everywhere yet."""


def deployed(account: Account, settings: LambdaSettings, bundle: Bundle, code: Code, python: str) -> Deployment:
    """Make sure that a version is there which runs this code. Where it is, nothing is written.

    :param bundle: says what the function must be allowed to read and write.
    :raises UsageError: when AWS does not let it be deployed.
    :raises ExecutorUnavailable: when AWS can't be reached, or what it was told does not come true.
    """
    with asking():
        role, new_rights = _role(account, settings, bundle)
        configuration = Configuration(
            runtime=f"python{python}",
            role=role,
            timeout=settings.lambda_timeout,
            memory=settings.lambda_memory,
            architecture=settings.lambda_architecture,
            storage=settings.lambda_ephemeral_storage,
            variables=settings.variables,
        )
        function = Function(account.client("lambda"), settings.lambda_function_name, bundle.step)
        note = f"corral {code.digest[:12]}, {bundle.job.name}, {time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())}"
        made = deploy(function, configuration, code, note[:256])
        arn = _arn(account, settings.lambda_function_name)
        if made.fresh:
            versions.prune(function, arn)
        else:
            versions.renew(function, arn, made)
    return Deployment(made.version, new_rights)


def _role(account: Account, settings: LambdaSettings, bundle: Bundle) -> tuple[str, bool]:
    if settings.lambda_role_arn is not None:
        return settings.lambda_role_arn, False
    partition, number = account.identity()
    name = settings.lambda_function_name
    documents = [logs_policy(partition, account.region, number, name)]
    if bundle.reads or bundle.location:
        documents.append(run_policy(partition, bundle.reads, bundle.location))
    return Role(account.client("iam"), name).ensure(documents)


def _arn(account: Account, function: str) -> str:
    partition, number = account.identity()
    return f"arn:{partition}:lambda:{account.region}:{number}:function:{function}"
