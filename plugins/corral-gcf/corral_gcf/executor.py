"""The ``gcf`` executor: deploys the run's code as a function of its own, and calls that.

::

    open ─ look at the project ─ bundle ─ function ─ let the caller in ─ (new: probe until it answers) ─ pool of calls
    submit ─ InvocationPool ─ Caller ─ Cloud Run ─ handler.py ─ run_task
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from corral_core.errors import UsageError
from corral_core.executor import Bundle, Capabilities, SettingsView
from corral_core.prices import Charge, Work
from corral_core.remote.executor import FunctionExecutor, runtime
from corral_core.storage.resolve import scheme_of
from corral_gcf.prices import PRICES, ROUNDED_SECONDS, processors
from corral_gcf.quotas import PAYLOAD_BYTES, PYTHONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from corral_core.diagnosis import Finding
    from corral_core.remote.pool import Connect
    from corral_gcf.archive import Code
    from corral_gcf.function import Configuration
    from corral_gcf.project import Project
    from corral_gcf.settings import GcfSettings

__all__ = ["GcfExecutor"]

_REACHED = frozenset({"gs", "gcs"})
"""Schemes of what functions read and write. They can read what lies on the web, too."""
_PLACE = "Cloud Functions"


class GcfExecutor(FunctionExecutor["Code"]):
    """Runs tasks as calls of a Google Cloud function.

    :param concurrency: calls in flight at once.
    :param include: globs of more files for the workers, from the job's directory.
    :param requirements: a requirements file, in the place of what the job's file declares.
    """

    name: ClassVar[str] = "gcf"
    prices = PRICES

    def __init__(
        self,
        settings: GcfSettings,
        concurrency: int,
        include: Sequence[str] = (),
        requirements: str | None = None,
    ) -> None:
        self._cpu = processors(settings.gcf_memory, settings.gcf_cpu)
        can = Capabilities(
            remote=True,
            max_payload=PAYLOAD_BYTES,
            max_task_seconds=settings.gcf_timeout,
            cpu=min(1.0, self._cpu),
        )
        super().__init__(can, min(concurrency, settings.gcf_max_instances))
        self._settings = settings
        self._include, self._requirements = include, requirements
        self._project: Project | None = None

    @classmethod
    def from_settings(cls, settings: SettingsView) -> Self:
        """Make one, with as many calls in flight as ``maxConcurrency`` says, and no more than there are instances."""
        from corral_core.settings import CoreSettings
        from corral_gcf.settings import GcfSettings

        core = settings.section(CoreSettings)
        return cls(settings.section(GcfSettings), core.max_concurrency, core.include, core.requirements)

    def prepare(self, bundle: Bundle) -> Code:
        """Refuse what can't be deployed, and make the zip.

        :raises UsageError: paths that functions don't reach, no credentials, project or region, a Python that Cloud
            Functions does not run, an API that is off, a function that somebody else made, code that can't be bundled.
        """
        from corral_gcf.archive import archive
        from corral_gcf.function import Functions
        from corral_gcf.project import asking
        from corral_gcf.tokens import id_credentials

        python = runtime(_PLACE, PYTHONS)
        _check_reach(bundle)
        project, settings = self._made_project(), self._settings
        id_credentials(project.credentials, "https://nobody.example", settings.gcf_invoker)
        with asking():
            Functions(project, settings.gcf_function_name).ours()
        return archive(bundle, python, self._include, self._requirements)

    def deploy(self, bundle: Bundle, code: Code) -> Connect:
        """Make sure that a function is there which runs this code, and that the driver may call it."""
        from corral_gcf.access import let_in
        from corral_gcf.deploy import deploy
        from corral_gcf.function import Functions
        from corral_gcf.invoke import Caller, Endpoint
        from corral_gcf.project import asking
        from corral_gcf.tokens import caller_of, id_credentials

        project, settings = self._made_project(), self._settings
        with asking():
            made = deploy(Functions(project, settings.gcf_function_name, bundle.step), self._configuration(), code)
            member = caller_of(project.credentials, settings.gcf_invoker)
            itself, grant = settings.gcf_invoker is None, settings.gcf_grant_invoker
            granted = let_in(project, made.function, member, itself=itself, grant=grant)
        service = made.function.service_config
        endpoint = Endpoint(
            name=str(made.function.name).rpartition("/")[2],
            url=service.uri,
            account=service.service_account_email,
            credentials=id_credentials(project.credentials, service.uri, settings.gcf_invoker),
            timeout=settings.gcf_timeout,
        )
        caller = Caller(endpoint, work=bundle.work, limit=self._concurrency, fresh=made.fresh or granted)
        if made.fresh or granted:
            bundle.step("waiting until the function answers, with the rights that it needs")
        return caller.connect

    def charges(self, work: Work) -> list[Charge]:
        """As Cloud Run bills requests, one at a time in an instance; rounding up adds half a step to each on average.

        Instances that start are billed too, which nobody tells the driver.
        """
        seconds = work.seconds + work.attempts * ROUNDED_SECONDS / 2
        return [
            Charge("gcf.vcpu-second", seconds * self._cpu),
            Charge("gcf.gib-second", seconds * self._settings.gcf_memory / 1024),
            Charge("gcf.request", work.attempts),
        ]

    def diagnose(self) -> Iterable[Finding]:
        """Credentials, rights, and what is deployed."""
        from corral_gcf.diagnosis import findings

        return findings(self._settings)

    def undeploy(self) -> None:
        """Remove the functions under the name, with what they let in, and their sources."""
        from corral_gcf.undeploy import undeploy

        undeploy(self._made_project(), self._settings.gcf_function_name)

    def _configuration(self) -> Configuration:
        from corral_gcf.function import Configuration

        settings = self._settings
        return Configuration(
            runtime=f"python{runtime(_PLACE, PYTHONS).replace('.', '')}",
            memory=settings.gcf_memory,
            timeout=settings.gcf_timeout,
            instances=settings.gcf_max_instances,
            cpu=settings.gcf_cpu,
            service_account=settings.gcf_service_account,
            variables=settings.variables,
        )

    def _made_project(self) -> Project:
        if self._project is None:
            from corral_gcf.project import Project

            self._project = Project(self._settings.gcf_project, self._settings.gcf_region)
        return self._project


def _check_reach(bundle: Bundle) -> None:
    """:raises UsageError: for paths of stores that functions have no package for."""
    ways = {bundle.location: _REACHED} | dict.fromkeys(bundle.reads, _REACHED | {"http", "https"})
    for path, schemes in ways.items():
        if path and scheme_of(path) not in schemes:
            raise UsageError(f"{path} is out of reach for Cloud Functions: give paths that begin with gs://")
