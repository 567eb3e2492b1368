"""Makes the function that runs a bundle: finds it, or uploads, creates and waits until it is there.

::

    list ──it is there──────────────────────────────────────────────> nothing is written
      │ no                                                              ▲
      └─ upload ──create──wait──let the caller in──prune the oldest─────┤
                    │ another driver creates the same ──wait────────────┘
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corral_core.errors import ExecutorUnavailable
from corral_core.remote import leases
from corral_core.remote.waiting import turns
from corral_core.storage.resolve import storage_for
from corral_gcf.function import ENTRY_POINT, USED, newest_first

if TYPE_CHECKING:
    from corral_gcf.archive import Code
    from corral_gcf.function import Configuration, Functions

__all__ = ["PATIENCE", "Deployed", "deploy", "remove_source"]

PATIENCE = 900.0
"""Seconds; a build takes one to three minutes, and may wait for others."""
KEPT = 5
"""Functions that stay however old they are."""


@dataclass(frozen=True)
class Deployed:
    """A function that can be called."""

    function: Any
    fresh: bool
    """Whether this driver has just made it."""


def deploy(functions: Functions, configuration: Configuration, code: Code) -> Deployed:
    """The function that runs this code like this.

    :raises UsageError: when somebody else's has the name.
    :raises ExecutorUnavailable: when it can't be built, or does not become ready.
    """
    from google.cloud.functions_v2 import Function

    name = functions.full_name(configuration.key(code.digest))
    for _ in turns(PATIENCE):
        ours = functions.ours()
        found = next((one for one in ours if one.name == name), None)
        if found is None or found.state == Function.State.FAILED:
            made = _made(functions, configuration, code, found)
            if made is None:
                continue
            _prune(functions, [*ours, made], name)
            return Deployed(made, fresh=True)
        if found.state == Function.State.ACTIVE:
            _renew(functions, found)
            return Deployed(found, fresh=False)
    raise ExecutorUnavailable(_not_ready(name))


def _made(functions: Functions, configuration: Configuration, code: Code, broken: Any) -> Any:
    """The function; None when another driver is making the same one.

    :param broken: one whose making failed, to be made again.
    """
    from google.api_core.exceptions import Conflict

    name = functions.full_name(configuration.key(code.digest))
    functions.step(f"uploading {code.path.stat().st_size / 1e6:.1f} MB to Cloud Functions")
    upload = _uploaded(functions, code)
    functions.step(f"building the function {name.rpartition('/')[2]}, which takes Google a minute or more")
    wanted = {
        "name": name,
        "description": f"made by corral for {functions.name}, bundle {code.digest[:12]}",
        "build_config": {
            "runtime": configuration.runtime,
            "entry_point": ENTRY_POINT,
            "source": {"storage_source": upload},
        },
        "service_config": configuration.service(),
        "labels": functions.labels(code.digest),
    }
    try:
        if broken is not None:
            making = functions.client.update_function(function=wanted)
        else:
            request = {"parent": functions.project.parent, "function_id": name.rpartition("/")[2], "function": wanted}
            making = functions.client.create_function(request=request)
        return _waited(making, name)
    except Conflict:
        return None
    finally:
        remove_source(upload)


def _uploaded(functions: Functions, code: Code) -> Any:
    """Where Google finds the source."""
    import requests
    from google.cloud.functions_v2 import GenerateUploadUrlRequest

    place = functions.client.generate_upload_url(request=GenerateUploadUrlRequest(parent=functions.project.parent))
    with code.path.open("rb") as stream:
        answer = requests.put(place.upload_url, stream, headers={"Content-Type": "application/zip"}, timeout=300)
    answer.raise_for_status()
    return place.storage_source


def _not_ready(name: str) -> str:
    return f"the function {name} is not ready after {PATIENCE:.0f} s: look at it in the console"


def _waited(making: Any, name: str) -> Any:
    from google.api_core.exceptions import Conflict, Forbidden, GoogleAPICallError

    try:
        return making.result(timeout=PATIENCE)
    except (Conflict, Forbidden):
        raise
    except GoogleAPICallError as error:
        said = " ".join(error.message.split())
        raise ExecutorUnavailable(f"the function {name} could not be built: {said}; see its build's log") from error
    except TimeoutError as error:
        raise ExecutorUnavailable(_not_ready(name)) from error


def remove_source(place: Any) -> None:
    """Remove an uploaded source. Google removes it too, some day; it may also be out of the driver's reach."""
    path = f"gs://{place.bucket}/{place.object_}"
    with suppress(OSError):
        storage_for(path).delete([path])


def _renew(functions: Functions, found: Any) -> None:
    """Say that a run takes this function up, unless that was said today. Nobody waits for it."""
    from google.api_core.exceptions import GoogleAPICallError

    if leases.needs_renewal(leases.read(found.labels[USED]), leases.today()):
        labels = {**found.labels, USED: leases.written(leases.today())}
        with suppress(GoogleAPICallError):  # another driver says the same
            functions.client.update_function(
                request={"function": {"name": found.name, "labels": labels}, "update_mask": "labels"}
            )


def _prune(functions: Functions, ours: list[Any], name: str) -> None:
    """Remove what no run can be using any more. Nobody waits for it."""
    from google.api_core.exceptions import GoogleAPICallError

    for one in newest_first(ours)[KEPT:]:
        if one.name != name and leases.is_stale(leases.read(one.labels[USED]), leases.today()):
            with suppress(GoogleAPICallError):  # another driver prunes too
                functions.client.delete_function(name=one.name)
            remove_source(one.build_config.source.storage_source)
