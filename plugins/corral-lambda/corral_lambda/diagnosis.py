"""What ``corral doctor`` says of AWS Lambda: whose credentials, what they allow, what the account lets run at once.

Reads only. Each call is made once and given some seconds; a step that fails ends those that need it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corral_core.diagnosis import Finding, clock_findings, failed
from corral_core.errors import CorralError, ExecutorUnavailable, UsageError
from corral_core.remote.diagnosis import python_finding
from corral_core.storage.s3.credentials import source_of
from corral_lambda.account import Account
from corral_lambda.asking import asking
from corral_lambda.function import Function
from corral_lambda.quotas import PYTHONS
from corral_lambda.rights import DEPLOY, RUN, UNDEPLOY, Rights, principal_of
from corral_lambda.role import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_core.diagnosis import State
    from corral_lambda.settings import LambdaSettings

__all__ = ["findings"]

_PAGE = "have them allowed: docs/howto/lambda.md lists the rights"
_REACH = "look at the network, at proxies (HTTPS_PROXY) and at AWS_ENDPOINT_URL"
_RENEW = "renew them, or choose others with AWS_PROFILE"


def findings(settings: LambdaSettings, concurrency: int) -> Iterator[Finding]:
    """:param concurrency: the calls that a run has in flight."""
    try:
        account = Account(settings.lambda_region, patient=False)
    except UsageError as error:
        yield failed("account", error)
        return
    yield Finding("credentials", "ok", f"from {source_of(account.method, account.profile)}")
    try:
        with asking():
            answer = account.client("sts").get_caller_identity()
    except CorralError as error:
        yield Finding("identity", "failed", str(error), _RENEW if isinstance(error, UsageError) else _REACH)
        yield from clock_findings(_date(getattr(error.__cause__, "response", None)), "AWS")
        return
    yield Finding("identity", "ok", f"{answer['Arn']}, in {account.region}")
    yield from clock_findings(_date(answer), "AWS")
    yield python_finding("Lambda", PYTHONS)
    yield from _rights(account, settings, str(answer["Arn"]))
    yield from _limits(account, concurrency)
    yield from _deployed(account, settings)


def _date(answer: dict[str, Any] | None) -> str | None:
    date: str | None = (answer or {}).get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return date


def _rights(account: Account, settings: LambdaSettings, who: str) -> Iterator[Finding]:
    _, partition, _, _, number, _ = who.split(":", 5)
    function = f"arn:{partition}:lambda:{account.region}:{number}:function:{settings.lambda_function_name}"
    missing: dict[str, list[str]] = {}
    needs: dict[str, tuple[str, ...]] = {"run": RUN, "deploy": DEPLOY, "undeploy": UNDEPLOY}
    try:
        with asking():
            principal = principal_of(who, account.client("iam"))
            if principal is not None:
                rights = Rights(account.client("iam"), principal, function, settings.lambda_role_arn)
                missing = {what: rights.missing(actions) for what, actions in needs.items()}
    except CorralError as error:
        unknown = "the first run tells; to know before, have iam:SimulatePrincipalPolicy and iam:GetRole allowed"
        yield Finding("rights", "warning", f"IAM does not say what is allowed: {error}", unknown)
        return
    for what, denied in missing.items():
        if denied:
            state: State = "warning" if what == "undeploy" else "failed"
            yield Finding(f"rights to {what}", state, f"not allowed: {', '.join(denied)}", _PAGE)
    if not any(missing.values()):
        yield Finding("rights", "ok", "to run, deploy and undeploy")


def _limits(account: Account, concurrency: int) -> Iterator[Finding]:
    try:
        with asking():
            limit = account.client("lambda").get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    except CorralError:  # a right that a run does not need
        yield Finding("concurrency", "ok", "not known, without lambda:GetAccountSettings")
        return
    if limit >= concurrency:
        yield Finding("concurrency", "ok", f"{limit:,} at once, of which a run takes {concurrency:,}")
        return
    yield Finding(
        "concurrency",
        "warning",
        f"the account lets {limit:,} run at once, and maxConcurrency is {concurrency:,}: calls beyond are throttled",
        f"--max-concurrency {limit}, or ask AWS for more: Service Quotas, Lambda, Concurrent executions",
    )


def _deployed(account: Account, settings: LambdaSettings) -> Iterator[Finding]:
    name = settings.lambda_function_name
    try:
        with asking():
            found = Function(account.client("lambda"), name).describe()
            if settings.lambda_role_arn is None:
                Role(account.client("iam"), name).check()
    except UsageError as error:
        yield failed("function", error)
    except ExecutorUnavailable as error:
        yield Finding("function", "failed", str(error), _REACH)
    else:
        yield Finding("function", "ok", f"{name} is deployed" if found else f"{name} is not deployed yet")
