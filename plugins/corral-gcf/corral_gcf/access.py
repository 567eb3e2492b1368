"""Who may call a function: nobody, until somebody is let in on the Cloud Run service behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corral_core.errors import UsageError

if TYPE_CHECKING:
    from corral_gcf.project import Project

__all__ = ["let_in"]

_INVOKER = "roles/run.invoker"
_MAY = "run.routes.invoke"


def let_in(project: Project, function: Any, member: str | None, *, itself: bool, grant: bool) -> bool:
    """See to it that the caller may call: look, and grant only what is missing, on this one service.

    :param member: the caller, as policies name it; None when that is not known.
    :param itself: whether the caller is the driver's own account, and no other one that it calls as.
    :param grant: whether corral may; the setting gcfGrantInvoker.
    :returns: whether something was granted, which takes a while to be true everywhere.
    :raises UsageError: when the caller may not call, and corral can't change it.
    """
    from google.api_core.exceptions import Forbidden

    service = str(function.service_config.service)
    if _is_named(project, service, member) or (itself and _may(project, service)):
        return False
    command = (
        f"gcloud run services add-iam-policy-binding {service.rpartition('/')[2]} --project {project.name} "
        f"--region {project.region} --member {member or 'serviceAccount:ACCOUNT'} --role {_INVOKER}"
    )
    if not grant or member is None:
        raise UsageError(f"the driver may not call {service}: let it in with {command}")
    try:
        _grant(project, service, member)
    except Forbidden as error:
        raise UsageError(f"the driver may not call {service}, nor let itself in: ask for {command}") from error
    return True


def _is_named(project: Project, service: str, member: str | None) -> bool:
    """Whether the policy of the service itself names the member."""
    policy = project.run("GET", service, "getIamPolicy")
    return any(binding["role"] == _INVOKER and member in binding["members"] for binding in policy.get("bindings", ()))


def _may(project: Project, service: str) -> bool:
    """Whether the driver's own account may call, by whatever policy."""
    return _MAY in project.run("POST", service, "testIamPermissions", {"permissions": [_MAY]}).get("permissions", ())


def _grant(project: Project, service: str, member: str) -> None:
    policy = project.run("GET", service, "getIamPolicy")
    bindings = [*policy.get("bindings", ()), {"role": _INVOKER, "members": [member]}]
    # The etag within makes this fail when somebody else has changed the policy since.
    project.run("POST", service, "setIamPolicy", {"policy": {**policy, "bindings": bindings}})
