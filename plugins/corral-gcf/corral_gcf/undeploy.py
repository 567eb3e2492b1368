"""Removes what corral has made in a project under one name, and nothing else. Safe to repeat."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from corral_gcf.deploy import PATIENCE, remove_source
from corral_gcf.function import Functions
from corral_gcf.project import asking

if TYPE_CHECKING:
    from corral_gcf.project import Project

__all__ = ["undeploy"]


def undeploy(project: Project, name: str) -> None:
    """Remove the functions, with what they let in, and the sources that they were built from.

    :raises UsageError: when Google does not let it.
    """
    from google.api_core.exceptions import NotFound

    with asking():
        functions = Functions(project, name)
        going = [(one, functions.client.delete_function(name=one.name)) for one in functions.ours()]
        for one, removal in going:
            with suppress(NotFound):  # somebody else was faster
                removal.result(timeout=PATIENCE)
            remove_source(one.build_config.source.storage_source)
