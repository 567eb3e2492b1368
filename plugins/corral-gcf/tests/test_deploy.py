"""Against the stand-in control plane: what is called, and what is there afterwards."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from corral_core.errors import ExecutorUnavailable, UsageError
from corral_core.remote import leases
from corral_gcf.access import let_in
from corral_gcf.deploy import KEPT, deploy
from corral_gcf.function import Functions
from corral_gcf.project import Project, asking
from corral_gcf.testing.identity import DRIVER
from corral_gcf.undeploy import undeploy

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_gcf.archive import Code
    from corral_gcf.function import Configuration
    from corral_gcf.testing import LocalGcp

    Codes = Callable[[str], Code]
    Configurations = Callable[..., Configuration]

pytestmark = [pytest.mark.servers, pytest.mark.slow]

MEMBER = f"serviceAccount:{DRIVER}"


def made(gcp: LocalGcp) -> list[dict[str, Any]]:
    return list(gcp.control.functions.by_name.values())


def test_a_function_says_who_made_it_and_what_it_runs(
    gcp: LocalGcp, functions: Functions, code: Codes, configuration: Configurations
) -> None:
    done = deploy(functions, configuration(), code("a"))
    assert done.fresh
    [found] = made(gcp)
    assert found["labels"] == {
        "made-by": "corral",
        "corral-name": "fn",
        "corral-digest": "a" * 63,
        "corral-used": leases.written(leases.today()),
    }
    service = found["serviceConfig"]
    assert (service["availableMemory"], service["timeoutSeconds"]) == ("256Mi", 30)
    assert (service["maxInstanceCount"], service["maxInstanceRequestConcurrency"]) == (4, 1)
    assert [source.partition("/")[0] for source in gcp.sources()] == ["gcf-v2-sources-1234-us-central1"]


def test_steps_tell_what_takes_time_and_nothing_of_what_is_there(
    functions: Functions, code: Codes, configuration: Configurations
) -> None:
    steps: list[str] = []
    watched = Functions(functions.project, functions.name, steps.append)
    for _ in range(2):
        deploy(watched, configuration(), code("a"))
    upload, building = steps
    assert re.fullmatch(r"uploading \d+\.\d MB to Cloud Functions", upload)
    assert building.startswith("building the function fn-")


def test_what_is_there_is_not_touched(
    gcp: LocalGcp, functions: Functions, code: Codes, configuration: Configurations
) -> None:
    first = deploy(functions, configuration(), code("a"))
    gcp.calls.clear()
    again = deploy(functions, configuration(), code("a"))
    assert (again.function.name, again.fresh) == (first.function.name, False)
    assert gcp.changes == []


@pytest.mark.parametrize("change", [{"memory": 512}, {"timeout": 31}, {"instances": 5}, {"cpu": 1}], ids=str)
def test_another_configuration_is_another_function(
    functions: Functions, code: Codes, configuration: Configurations, change: dict[str, int]
) -> None:
    names = {deploy(functions, made, code("a")).function.name for made in (configuration(), configuration(**change))}
    assert len(names) == 2


def test_drivers_that_deploy_the_same_at_once_share_one_function(
    gcp: LocalGcp, code: Codes, configuration: Configurations
) -> None:
    source = code("a")

    def one(_: int) -> str:
        return str(deploy(Functions(Project(), "fn"), configuration(), source).function.name)

    with ThreadPoolExecutor(4) as drivers:
        assert len(set(drivers.map(one, range(4)))) == 1
    assert len(made(gcp)) == 1


def test_an_operation_is_waited_for(
    gcp: LocalGcp, functions: Functions, code: Codes, configuration: Configurations
) -> None:
    gcp.control.operation_looks = 2
    assert deploy(functions, configuration(), code("a")).function.service_config.uri
    assert [call.operation for call in gcp.calls].count("GetOperation") == 2


def test_a_build_that_fails_says_so_and_leaves_no_upload(
    gcp: LocalGcp, functions: Functions, code: Codes, configuration: Configurations
) -> None:
    gcp.control.fails = "Build failed: the pool is full"
    with pytest.raises(ExecutorUnavailable, match=r"could not be built: .*the pool is full"):
        deploy(functions, configuration(), code("a"))
    assert gcp.sources() == []


def test_a_function_that_does_not_start_is_a_build_that_fails(
    gcp: LocalGcp, functions: Functions, code: Codes, configuration: Configurations
) -> None:
    import zipfile

    source = code("a")
    with zipfile.ZipFile(source.path, "w") as archive:
        archive.writestr("main.py", "import nothing_of_the_sort\n")
        archive.writestr("requirements.txt", "functions-framework==3.*\n")
    with pytest.raises(ExecutorUnavailable, match="nothing_of_the_sort"):
        deploy(functions, configuration(), source)


def test_taking_up_an_old_function_says_so_once_a_day(
    gcp: LocalGcp, functions: Functions, code: Codes, configuration: Configurations
) -> None:
    deploy(functions, configuration(), code("a"))
    [found] = made(gcp)
    found["labels"]["corral-used"] = "20250101"
    for _ in range(2):
        deploy(functions, configuration(), code("a"))
    assert gcp.changes == ["Upload", "CreateFunction", "UpdateFunction"]
    assert made(gcp)[0]["labels"]["corral-used"] == leases.written(leases.today())


def test_old_functions_go_but_for_the_newest(
    gcp: LocalGcp, functions: Functions, code: Codes, configuration: Configurations
) -> None:
    for text in "abcdefg"[: KEPT + 2]:
        deploy(functions, configuration(), code(text))
    assert len(made(gcp)) == KEPT + 2
    for day, found in enumerate(made(gcp), 1):
        found["labels"]["corral-used"] = leases.written(date(2025, 1, day))
    deploy(functions, configuration(), code("z"))
    assert [found["labels"]["corral-digest"][0] for found in made(gcp)] == ["d", "e", "f", "g", "z"]
    assert len(gcp.sources()) == KEPT


def test_the_caller_is_let_in_once_and_on_this_function_alone(
    gcp: LocalGcp, project: Project, functions: Functions, code: Codes, configuration: Configurations
) -> None:
    one, other = (deploy(functions, configuration(), code(text)).function for text in "ab")
    assert let_in(project, one, MEMBER, itself=True, grant=True)
    assert not let_in(project, one, MEMBER, itself=True, grant=True)
    assert gcp.changes.count("SetIamPolicy") == 1
    assert list(gcp.control.functions.policies) == [one.name.rpartition("/")[2]]
    assert let_in(project, other, MEMBER, itself=True, grant=True)


def test_a_caller_who_may_already_is_granted_nothing(
    gcp: LocalGcp, project: Project, functions: Functions, code: Codes, configuration: Configurations
) -> None:
    gcp.control.invoker = True
    assert not let_in(project, deploy(functions, configuration(), code("a")).function, MEMBER, itself=True, grant=True)
    assert "SetIamPolicy" not in gcp.changes


def test_what_the_driver_may_says_nothing_of_an_account_that_it_calls_as(
    gcp: LocalGcp, project: Project, functions: Functions, code: Codes, configuration: Configurations
) -> None:
    gcp.control.invoker = True
    function = deploy(functions, configuration(), code("a")).function
    assert let_in(project, function, "serviceAccount:other@p.iam.gserviceaccount.com", itself=False, grant=True)


def test_where_corral_may_not_grant_the_command_is_told(
    gcp: LocalGcp, project: Project, functions: Functions, code: Codes, configuration: Configurations
) -> None:
    function = deploy(functions, configuration(), code("a")).function
    command = f"gcloud run services add-iam-policy-binding {function.name.rpartition('/')[2]} .* --member {MEMBER}"
    with pytest.raises(UsageError, match=command):
        let_in(project, function, MEMBER, itself=True, grant=False)
    gcp.control.denied = frozenset({"SetIamPolicy"})
    with pytest.raises(UsageError, match=command):
        let_in(project, function, MEMBER, itself=True, grant=True)


def test_undeploy_takes_what_is_under_its_name_alone(
    gcp: LocalGcp, project: Project, functions: Functions, code: Codes, configuration: Configurations
) -> None:
    deploy(functions, configuration(), code("a"))
    deploy(Functions(project, "fn-2"), configuration(), code("a"))
    name = f"{project.parent}/functions/other"
    gcp.control.functions.by_name[name] = {"name": name, "labels": {}}
    for _ in range(2):
        undeploy(project, "fn")
    assert sorted(found["labels"].get("corral-name", "") for found in made(gcp)) == ["", "fn-2"]


def test_google_that_can_not_be_reached_is_no_fault_of_the_users(
    gcp: LocalGcp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN", "http://127.0.0.1:9")
    with pytest.raises(ExecutorUnavailable, match="can't be reached"), asking():
        Project().run("GET", "projects/p/locations/l/services/s", "getIamPolicy")
