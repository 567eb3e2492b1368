"""The ``lambda`` executor: deploys the run's code as a version of a function, and calls that version.

::

    open ─ check the account ─ bundle ─ role ─ version ─ (new rights: probe until they hold) ─ pool of calls
    submit ─ InvocationPool ─ Caller ─ Lambda ─ handler.py ─ run_task
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from corral_core.errors import SettingsError
from corral_core.executor import Bundle, Capabilities, SettingsView
from corral_core.prices import Charge, Work
from corral_core.remote.executor import FunctionExecutor, runtime
from corral_lambda.prices import CORE_MB, FREE_STORAGE_MB, GB_SECOND, PRICES
from corral_lambda.quotas import PAYLOAD_BYTES, PYTHONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from corral_core.diagnosis import Finding
    from corral_core.remote.pool import Connect
    from corral_lambda.account import Account
    from corral_lambda.deploy import Code
    from corral_lambda.report import Usage
    from corral_lambda.settings import LambdaSettings

__all__ = ["LambdaExecutor"]


class LambdaExecutor(FunctionExecutor["Code"]):
    """Runs tasks as invocations of an AWS Lambda function.

    :param concurrency: invocations in flight at once.
    :param include: globs of more files for the workers, from the job's directory.
    :param requirements: a requirements file, in the place of what the job's file declares.
    """

    name: ClassVar[str] = "lambda"
    prices = PRICES

    def __init__(
        self,
        settings: LambdaSettings,
        concurrency: int,
        include: Sequence[str] = (),
        requirements: str | None = None,
    ) -> None:
        can = Capabilities(
            remote=True,
            max_payload=PAYLOAD_BYTES,
            max_task_seconds=settings.lambda_timeout,
            cpu=min(1.0, settings.lambda_memory / CORE_MB),
        )
        super().__init__(can, concurrency)
        self._settings = settings
        self._include, self._requirements = include, requirements
        self._account: Account | None = None
        self.used: Usage | None = None
        """What the run has used so far; None before :meth:`open`."""

    @classmethod
    def from_settings(cls, settings: SettingsView) -> Self:
        """Make one, with as many calls in flight as ``maxConcurrency`` says."""
        from corral_core.settings import CoreSettings
        from corral_lambda.settings import LambdaSettings

        core = settings.section(CoreSettings)
        return cls(settings.section(LambdaSettings), core.max_concurrency, core.include, core.requirements)

    def deploy(self, bundle: Bundle, code: Code) -> Connect:
        """Make sure that a version is there which runs this code."""
        from corral_lambda.deployment import deployed
        from corral_lambda.invoke import Caller

        settings, account = self._settings, self._made_account()
        place = deployed(account, settings, bundle, code, runtime("Lambda", PYTHONS))
        caller = Caller(
            settings.lambda_function_name,
            place.version,
            region=account.region,
            work=bundle.work,
            timeout=settings.lambda_timeout,
            limit=self._concurrency,
            new_rights=place.new_rights,
        )
        self.used = caller.usage
        if place.new_rights:
            bundle.step("waiting until the function's new rights hold")
        return caller.connect

    def usage(self) -> str:
        """Invocations, what they bill, and how much of their memory they needed."""
        return str(self.used or "")

    def charges(self, work: Work) -> list[Charge]:
        """What Lambda reported of its invocations, those that asked for rights too; an attempt whose answer never came
        counts as an average one."""
        settings, used = self._settings, self.used
        told, seconds = (used.reports, used.billed_seconds) if used else (0, 0.0)
        if work.attempts > told:
            seconds += work.seconds / work.attempts * (work.attempts - told)
        disk = max(0, settings.lambda_ephemeral_storage - FREE_STORAGE_MB)
        return [
            Charge(GB_SECOND[settings.lambda_architecture], seconds * settings.lambda_memory / 1024),
            Charge("lambda.storage-gb-second", seconds * disk / 1024),
            Charge("lambda.request", max(work.attempts, used.requests if used else 0)),
        ]

    def diagnose(self) -> Iterable[Finding]:
        """Credentials, rights, limits of the account, and what is deployed."""
        from corral_lambda.diagnosis import findings

        return findings(self._settings, self._concurrency)

    def undeploy(self) -> None:
        """Remove the function, its versions, its policies, and the role when no other function needs it."""
        from corral_lambda.undeploy import undeploy

        undeploy(self._made_account(), self._settings)

    def prepare(self, bundle: Bundle) -> Code:
        """Refuse what can't be deployed, and make the zip.

        :raises UsageError: no credentials, no region, no role, a Python that Lambda does not run, a function or a role
            that somebody else made, code that can't be bundled.
        """
        from corral_lambda.archive import archive
        from corral_lambda.asking import asking
        from corral_lambda.function import Function
        from corral_lambda.role import Role

        settings, python = self._settings, runtime("Lambda", PYTHONS)
        if not settings.lambda_manage_role and settings.lambda_role_arn is None:
            raise SettingsError("lambdaManageRole is off, so lambdaRoleARN must say which role: give --lambda-role-arn")
        account = self._made_account()
        with asking():
            account.identity()
            Function(account.client("lambda"), settings.lambda_function_name).describe()
            if settings.lambda_role_arn is None:
                Role(account.client("iam"), settings.lambda_function_name).check()
        return archive(bundle, settings, python, self._include, self._requirements)

    def _made_account(self) -> Account:
        if self._account is None:
            from corral_lambda.account import Account

            self._account = Account(self._settings.lambda_region)
        return self._account
