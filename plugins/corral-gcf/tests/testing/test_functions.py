"""How requests to a function end on the stack: each as on Cloud Run."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from google.api_core.exceptions import BadRequest, Conflict, GoogleAPICallError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from corral_gcf.testing import LocalGcp

pytestmark = [pytest.mark.servers, pytest.mark.slow]

ECHO = "def main(request): return request.get_data()[::-1]"


def test_a_function_answers_and_stays_warm(tiny: Callable[..., Any]) -> None:
    function = tiny("import os\ndef main(request): return str(os.getpid())")
    answers = {function.call().text for _ in range(5)}
    assert len(answers) == 1


def test_a_function_sees_its_variables_and_nothing_of_the_tests(
    tiny: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_TESTS", "x")
    source = "import json, os\ndef main(request): return json.dumps(dict(os.environ))"
    seen = tiny(source, environment_variables={"THREADS": "1", "A": "b"}).call().json()
    assert (seen["A"], seen["K_SERVICE"], seen["FUNCTION_TARGET"]) == ("b", "tiny", "main")
    assert "SECRET_OF_THE_TESTS" not in seen
    assert "GOOGLE_APPLICATION_CREDENTIALS" not in seen


@pytest.mark.parametrize("source", ["import pytest", "import corral_core", "import google.auth", "1 / 0"])
def test_a_function_that_does_not_start_is_a_build_that_fails(tiny: Callable[..., Any], source: str) -> None:
    """Also because it imports what only the tests have."""
    with pytest.raises(GoogleAPICallError, match="Container Healthcheck failed"):
        tiny(f"{source}\n{ECHO}")


def test_callers_need_a_token_for_this_function_and_the_right_to_call(gcp: LocalGcp, tiny: Callable[..., Any]) -> None:
    function, other = tiny(ECHO), tiny(ECHO, name="other")
    assert function.call(b"ab").content == b"ba"
    assert function.call(Authorization="").status_code == 401
    other.call()
    assert function.call(Authorization=f"Bearer {other.credentials.token}").status_code == 401
    gcp.identity.forget()
    assert function.call().status_code == 401
    function.credentials.token = None
    assert function.call().status_code == 200
    gcp.control.invoker = False
    assert function.call().status_code == 403


def test_requests_and_answers_have_a_limit(tiny: Callable[..., Any]) -> None:
    function = tiny(ECHO, available_memory="1Gi")
    assert function.call(bytes(32 * 2**20)).status_code == 200
    assert function.call(bytes(32 * 2**20 + 1)).status_code == 413
    large = tiny("def main(request): return bytes(32 * 2**20 + 1)", name="large", available_memory="1Gi")
    assert large.call().status_code == 500


def test_a_request_that_takes_too_long_is_a_504(tiny: Callable[..., Any]) -> None:
    function = tiny("import time\ndef main(request): time.sleep(1000)", timeout_seconds=1)
    assert (function.call().status_code, function.call().text) == (504, "upstream request timeout")


def test_an_exception_is_a_500_and_the_instance_goes_on(tiny: Callable[..., Any]) -> None:
    function = tiny("def main(request): return str(1 // len(request.get_data()))")
    assert [function.call(b"a" * size).status_code for size in (1, 0, 1)] == [200, 500, 200]


def test_an_instance_that_dies_is_a_503_and_is_replaced(tiny: Callable[..., Any]) -> None:
    function = tiny("import os\ndef main(request):\n    if request.get_data(): os._exit(1)\n    return 'fine'")
    assert [function.call(data).status_code for data in (b"", b"x", b"")] == [200, 503, 200]


def test_an_instance_that_outgrows_its_memory_is_a_503(tiny: Callable[..., Any]) -> None:
    source = "import time\ndef main(request):\n    data = bytearray(int(request.get_data()) * 2**20)\n"
    source += "    data[::4096] = data[::4096].replace(b'\\0', b'x')\n    time.sleep(0.5)\n    return 'fine'"
    function = tiny(source, available_memory="256Mi")
    assert [function.call(size).status_code for size in (b"20", b"500", b"20")] == [200, 503, 200]


def test_more_requests_than_instances_are_a_429(tiny: Callable[..., Any], tmp_path: Path) -> None:
    hold = "import os, time\ndef main(request):\n    path = request.get_data().decode()\n    open(path, 'w').close()\n"
    hold += "    while os.path.exists(path): time.sleep(0.01)\n    return 'fine'"
    function = tiny(hold, max_instance_count=1)
    sign, codes = tmp_path / "sign", list[int]()
    first = threading.Thread(target=lambda: codes.append(function.call(str(sign).encode()).status_code))
    first.start()
    while not sign.exists():
        assert first.is_alive()
    assert function.call().status_code == 429
    sign.unlink()
    first.join()
    assert codes == [200]


def test_the_control_plane_refuses_what_google_refuses(gcp: LocalGcp, tiny: Callable[..., Any]) -> None:
    tiny(ECHO)
    with pytest.raises(Conflict):
        tiny(ECHO)
    with pytest.raises(BadRequest, match="Invalid function name"):
        tiny(ECHO, name="Bad_Name")
    with pytest.raises(BadRequest, match="between 1 and 3600"):
        tiny(ECHO, name="late", timeout_seconds=3601)
    with pytest.raises(BadRequest, match="Invalid memory"):
        tiny(ECHO, name="odd", available_memory="1X")
    assert len(gcp.control.functions.by_name) == 1


def test_faults_come_by_a_seed(gcp: LocalGcp, tiny: Callable[..., Any]) -> None:
    function = tiny(ECHO)

    def codes() -> list[int]:
        gcp.faults._times.clear()
        return [function.call(b"%d" % number).status_code for number in range(30)]

    gcp.faults.throttle = gcp.faults.error = gcp.faults.unavailable = 0.2
    first = codes()
    assert set(first) == {200, 429, 500, 503}
    assert codes() == first
    gcp.faults.seed = 1
    assert codes() != first
