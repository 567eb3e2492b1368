"""What ``corral doctor`` says of Google Cloud Functions: whose credentials, what they allow, what is deployed.

Reads only; a step that fails ends those that need it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from corral_core.diagnosis import Finding, clock_findings, failed
from corral_core.errors import CorralError, UsageError
from corral_core.remote.diagnosis import python_finding
from corral_core.storage.gcs.tokens import source_of
from corral_gcf.function import Functions
from corral_gcf.project import Project, asking
from corral_gcf.quotas import PYTHONS
from corral_gcf.tokens import id_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_gcf.settings import GcfSettings

__all__ = ["findings"]

_DEPLOY = (
    "cloudfunctions.functions.create",
    "cloudfunctions.functions.delete",
    "cloudfunctions.functions.get",
    "cloudfunctions.functions.list",
    "cloudfunctions.functions.sourceCodeSet",
    "cloudfunctions.functions.update",
    "cloudfunctions.operations.get",
)
"""Of ``roles/cloudfunctions.developer``: https://cloud.google.com/functions/docs/reference/iam/roles, November 2026."""
_ELSEWHERE = {
    "iam.serviceAccounts.actAs": "roles/iam.serviceAccountUser on the functions' service account",
    "run.services.getIamPolicy": "roles/run.admin, or --no-gcf-grant-invoker and somebody else who lets you in",
    "run.services.setIamPolicy": "roles/run.admin, or --no-gcf-grant-invoker and somebody else who lets you in",
}
"""What may also be granted on a resource within the project, which the project does not know."""

_GRANT = "have roles/cloudfunctions.developer granted: docs/howto/google-cloud-functions.md lists the rights"
_REACH = "look at the network, and at proxies (HTTPS_PROXY)"


def findings(settings: GcfSettings) -> Iterator[Finding]:
    """In the order of need."""
    try:
        project = Project(settings.gcf_project, settings.gcf_region)
    except UsageError as error:
        yield failed("account", error)
        return
    yield Finding("credentials", "ok", f"from {source_of(project.credentials)}")
    try:
        with asking():
            id_credentials(project.credentials, "https://nobody.example", settings.gcf_invoker)
    except CorralError as error:
        yield failed("calls", error)
    try:
        with asking():
            functions = Functions(project, settings.gcf_function_name).ours()
    except CorralError as error:
        yield failed("project", error) if isinstance(error, UsageError) else _unreachable("project", error)
        return
    yield Finding("project", "ok", f"{project.name}, in {project.region}")
    yield python_finding("Cloud Functions", PYTHONS)
    yield from _rights(project)
    number = len(functions)
    yield Finding("functions", "ok", f"{number or 'none'} under the name {settings.gcf_function_name}")


def _rights(project: Project) -> Iterator[Finding]:
    try:
        with asking():
            held, date = project.allowed((*_DEPLOY, *_ELSEWHERE))
    except CorralError as error:
        enable = "gcloud services enable cloudresourcemanager.googleapis.com, if you want to know before a run"
        yield Finding("rights", "warning", f"the project does not say what is allowed: {error}", enable)
        return
    missing = [one for one in _DEPLOY if one not in held]
    if missing:
        yield Finding("rights to deploy", "failed", f"not allowed: {', '.join(missing)}", _GRANT)
    for permission, role in _ELSEWHERE.items():
        if permission not in held:
            said = f"{permission} is not granted on the project; it may be on a resource within"
            yield Finding("rights", "warning", said, f"unless it is, have {role} granted")
    if held.issuperset((*_DEPLOY, *_ELSEWHERE)):
        yield Finding("rights", "ok", "to deploy, to call and to undeploy")
    yield from clock_findings(date, "Google")


def _unreachable(what: str, error: CorralError) -> Finding:
    return Finding(what, "failed", str(error), _REACH)
