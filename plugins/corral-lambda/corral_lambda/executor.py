"""The ``lambda`` executor: deploys the run's code as a version of a function, and calls that version.

::

    open ─ check the account ─ bundle ─ role ─ version ─ (new rights: probe until they hold) ─ pool of calls
    submit ─ InvocationPool ─ Caller ─ Lambda ─ handler.py ─ run_task
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, ClassVar, Self

from corral_core.errors import ExecutorUnavailable, SettingsError, UsageError
from corral_core.executor import Bundle, Capabilities, Executor, SettingsView
from corral_lambda.quotas import PAYLOAD_BYTES, PYTHONS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from corral_core.remote.pool import InvocationPool
    from corral_lambda.account import Account
    from corral_lambda.deploy import Code
    from corral_lambda.report import Usage
    from corral_lambda.settings import LambdaSettings

__all__ = ["LambdaExecutor"]


class LambdaExecutor(Executor):
    """Runs tasks as invocations of an AWS Lambda function.

    :param concurrency: invocations in flight at once.
    :param include: globs of more files for the workers, from the job's directory.
    :param requirements: a requirements file, in the place of what the job's file declares.
    """

    name: ClassVar[str] = "lambda"

    def __init__(
        self,
        settings: LambdaSettings,
        concurrency: int,
        include: Sequence[str] = (),
        requirements: str | None = None,
    ) -> None:
        self.capabilities = Capabilities(
            remote=True, max_payload=PAYLOAD_BYTES, max_task_seconds=settings.lambda_timeout
        )
        self._settings, self._concurrency = settings, concurrency
        self._include, self._requirements = include, requirements
        self._account: Account | None = None
        self._code: Code | None = None
        self._pool: InvocationPool | None = None
        self.used: Usage | None = None
        """What the run has used so far; None before :meth:`open`."""

    @classmethod
    def from_settings(cls, settings: SettingsView) -> Self:
        """Make one, with as many calls in flight as ``maxConcurrency`` says."""
        from corral_core.settings import CoreSettings
        from corral_lambda.settings import LambdaSettings

        core = settings.section(CoreSettings)
        return cls(settings.section(LambdaSettings), core.max_concurrency, core.include, core.requirements)

    def check(self, bundle: Bundle) -> None:
        """Look at everything that could keep the run from being deployed, and put its code together.

        :raises UsageError: no credentials, no region, no role, a Python that Lambda does not run, a function or a role
            that somebody else made, code that can't be bundled.
        """
        self._code = self._checked(bundle)

    def open(self, bundle: Bundle) -> None:
        """Deploy what is not there yet, and be ready to call it.

        :raises UsageError: for whatever :meth:`check` finds.
        :raises ExecutorUnavailable: when AWS can't be reached, or what it was told does not come true.
        """
        from corral_core.remote.pool import InvocationPool
        from corral_lambda.deployment import deployed
        from corral_lambda.invoke import Caller

        self.close()
        settings, account = self._settings, self._made_account()
        code, self._code = self._code or self._checked(bundle), None
        place = deployed(account, settings, bundle, code, self._runtime())
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
        self._pool = InvocationPool(caller.connect, self._concurrency)

    def submit(self, payload: bytes) -> Future[bytes]:
        """Call the function with one task. A call that has begun can't be cancelled: the function would go on.

        :raises ExecutorUnavailable: before :meth:`open` and after :meth:`close`.
        """
        if self._pool is None:
            raise ExecutorUnavailable("the lambda executor is not open: call open() before submit()")
        return self._pool.submit(payload)

    def close(self) -> None:
        """Give up all calls. Functions that still run end by themselves; what is deployed stays for the next run."""
        if self._pool is not None:
            self._pool.close()
        self._pool = None

    def usage(self) -> str:
        """Invocations, what they bill, and how much of their memory they needed."""
        return str(self.used or "")

    def undeploy(self) -> None:
        """Remove the function, its versions, its policies, and the role when no other function needs it."""
        from corral_lambda.undeploy import undeploy

        undeploy(self._made_account(), self._settings)

    def _checked(self, bundle: Bundle) -> Code:
        from corral_lambda.account import asking
        from corral_lambda.archive import archive
        from corral_lambda.function import Function
        from corral_lambda.role import Role

        settings, python = self._settings, self._runtime()
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

    def _runtime(self) -> str:
        """The Python that deployed code runs on: the driver's, for its bytecode and behaviour are the same."""
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        if version not in PYTHONS:
            raise UsageError(f"Lambda does not run Python {version}: run corral on one of {', '.join(PYTHONS)}")
        return version
