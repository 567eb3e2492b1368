"""Old versions: kept for a while, then removed.

The newest ten stay, and so does every version that was published or taken up again in the last three days, for a run
may be using it (``leases.py``). A run that takes up a version which is a day old or more says so in a tag of the
function, ``corral:version-N``.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from corral_core.remote import leases

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from corral_lambda.deploy import Deployed
    from corral_lambda.function import Function

__all__ = ["KEPT", "prunable", "prune", "renew"]

KEPT = 10
_TAG = "corral:version-"


def renew(function: Function, arn: str, deployed: Deployed) -> None:
    """Say that a run takes up this version, unless that is plain from its age."""
    known = function.tags().get(_TAG + deployed.version)
    used = leases.read(known) if known else _published(deployed.published)
    if leases.needs_renewal(used, leases.today()):
        tag = {_TAG + deployed.version: leases.written(leases.today())}
        function.client.tag_resource(Resource=arn, Tags=tag)


def prune(function: Function, arn: str) -> None:
    """Remove what no run can be using any more."""
    tags = function.tags()
    gone = prunable(list(function.versions()), tags, leases.today())
    for version in gone:
        try:
            function.client.delete_function(FunctionName=function.name, Qualifier=version)
        except function.client.exceptions.ResourceConflictException:  # an alias of somebody's points there
            continue
    stale = [_TAG + version for version in gone if _TAG + version in tags]
    if stale:
        function.client.untag_resource(Resource=arn, TagKeys=stale)


def prunable(versions: Iterable[Mapping[str, Any]], tags: Mapping[str, str], now: date) -> list[str]:
    """The versions that can go.

    :param versions: oldest first.
    """
    old = list(versions)[:-KEPT]
    return [found["Version"] for found in old if leases.is_stale(_used(found, tags), now)]


def _used(version: Mapping[str, Any], tags: Mapping[str, str]) -> date:
    published, tag = _published(version["LastModified"]), tags.get(_TAG + version["Version"])
    return max(published, leases.read(tag)) if tag else published


def _published(stamp: str) -> date:
    return date.fromisoformat(stamp[:10])
