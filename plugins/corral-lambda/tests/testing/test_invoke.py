"""Invocations end as they would on AWS."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from corral_lambda.testing import LocalAws
    from corral_lambda.testing.tiny import TinyFunctions

    Fails = Callable[[Callable[[], object]], tuple[int, str, str]]

pytestmark = pytest.mark.servers

ECHO = "def handler(event, context): return event"
WHO = "import os\ndef handler(event, context): return os.getpid()"
REPORT = re.compile(
    r"REPORT RequestId: (?P<id>[0-9a-f-]{36})\tDuration: (?P<ms>[\d.]+) ms\tBilled Duration: (?P<billed>\d+) ms\t"
    r"Memory Size: (?P<size>\d+) MB\tMax Memory Used: (?P<peak>\d+) MB\t(?:Init Duration: (?P<init>[\d.]+) ms\t)?"
)


def test_a_result_comes_back_with_its_log(lambdas: TinyFunctions) -> None:
    lambdas.create("def handler(event, context):\n    print('hello')\n    return {'twice': 2 * event}")
    reply = lambdas.invoke(21)
    assert (reply.status, reply.error, reply.version, reply.payload) == (200, None, "$LATEST", {"twice": 42})
    start, hello, end, report = reply.log.splitlines()
    found = REPORT.fullmatch(report)
    assert found is not None, report
    assert start == f"START RequestId: {found['id']} Version: $LATEST"
    assert (hello, end) == ("hello", f"END RequestId: {found['id']}")
    assert found["init"] is not None
    assert int(found["billed"]) >= float(found["ms"])
    assert 0 < int(found["peak"]) < int(found["size"]) == 256


def test_the_second_invocation_is_warm(lambdas: TinyFunctions) -> None:
    lambdas.create(WHO)
    first, second = lambdas.invoke(), lambdas.invoke()
    assert first.payload == second.payload
    assert "Init Duration" in first.log
    assert "Init Duration" not in second.log


def test_an_exception_comes_with_its_type_and_stack(lambdas: TinyFunctions) -> None:
    lambdas.create("def handler(event, context): raise ValueError('no good')")
    reply = lambdas.invoke()
    assert (reply.status, reply.error) == (200, "Unhandled")
    assert (reply.payload["errorType"], reply.payload["errorMessage"]) == ("ValueError", "no good")
    assert "code_.py" in reply.payload["stackTrace"][0]
    assert "[ERROR] ValueError: no good" in reply.log


def test_an_answer_that_looks_like_an_error_is_an_answer(lambdas: TinyFunctions) -> None:
    lambdas.create(ECHO)
    event = {"errorMessage": "all is well", "errorType": "none"}
    assert lambdas.invoke(event).error is None


def test_a_module_that_does_not_import_is_named(lambdas: TinyFunctions) -> None:
    lambdas.create("import nothing_of_this_name\n" + ECHO)
    reply = lambdas.invoke()
    assert reply.error == "Unhandled"
    assert reply.payload["errorType"] == "Runtime.ImportModuleError"
    assert "nothing_of_this_name" in reply.payload["errorMessage"]


def test_what_is_installed_beside_the_tests_is_out_of_a_functions_reach(lambdas: TinyFunctions) -> None:
    """Or a bundle that lacks a library would pass. boto3 is there, as on AWS."""
    lambdas.create(
        "import importlib.util, boto3\n"
        "def handler(event, context): return [name for name in event if importlib.util.find_spec(name)]"
    )
    assert lambdas.invoke(
        ["json", "boto3", "awslambdaric", "corral_core", "corral_lambda", "pytest", "aiohttp"]
    ).payload == [
        "json",
        "boto3",
        "awslambdaric",
    ]


def test_a_function_over_its_time_is_ended_and_the_next_is_well(lambdas: TinyFunctions) -> None:
    lambdas.create("import time\ndef handler(event, context): time.sleep(event)", Timeout=1)
    assert lambdas.invoke(0).error is None
    reply = lambdas.invoke(60)
    assert reply.error == "Unhandled"
    assert reply.payload["errorType"] == "Sandbox.Timedout"
    assert reply.payload["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    assert "Task timed out after 1.00 seconds" in reply.log
    assert "\tDuration: 1000.00 ms\t" in reply.log
    assert lambdas.invoke(0).error is None


def test_a_crash_costs_one_invocation(lambdas: TinyFunctions) -> None:
    lambdas.create("import os\ndef handler(event, context): return os._exit(event) if event else 'well'")
    assert lambdas.invoke(0).payload == "well"
    reply = lambdas.invoke(3)
    assert reply.error == "Unhandled"
    assert reply.payload["errorType"] == "Runtime.ExitError"
    assert reply.payload["errorMessage"].endswith("Error: Runtime exited with error: exit status 3")
    assert lambdas.invoke(0).payload == "well"


def test_too_much_memory_is_a_kill(lambdas: TinyFunctions) -> None:
    """Of the process, as by the kernel: Python sees no MemoryError."""
    lambdas.create(
        "def handler(event, context):\n    kept = []\n    while event: kept.append(b'x' * 2**20)", MemorySize=128
    )
    reply = lambdas.invoke(1)
    assert reply.payload["errorType"] == "Runtime.ExitError"
    assert reply.payload["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
    assert "Max Memory Used: 128 MB" in reply.log
    assert lambdas.invoke(0).error is None


def test_each_version_runs_its_own_code_and_settings(lambdas: TinyFunctions) -> None:
    """Two at once, while the function itself has moved on."""
    source = (
        "import os, time\ndef handler(event, context):\n    time.sleep(0.1)\n    return {}, os.environ.get('LEVEL')"
    )
    lambdas.create(source.format(1), Environment={"Variables": {"LEVEL": "low"}})
    one = lambdas.publish()
    lambdas.update(source.format(2))
    lambdas.client.update_function_configuration(FunctionName="function", Environment={"Variables": {"LEVEL": "high"}})
    two = lambdas.publish()
    lambdas.update(source.format(3))
    with ThreadPoolExecutor(4) as threads:
        asked = [one, two, "$LATEST"] * 4
        replies = list(threads.map(lambda version: lambdas.invoke(Qualifier=version), asked))
    assert [reply.version for reply in replies] == asked
    assert [reply.payload for reply in replies] == [[1, "low"], [2, "high"], [3, "high"]] * 4


def test_one_more_than_the_concurrency_is_throttled(
    aws: LocalAws, lambdas: TinyFunctions, fails: Fails, tmp_path: Path
) -> None:
    lambdas.create("import os, time\ndef handler(path, context):\n    while not os.path.exists(path): time.sleep(0.01)")
    aws.concurrency = 2
    gate = tmp_path / "gate"
    with ThreadPoolExecutor(2) as threads:
        held = [threads.submit(lambdas.invoke, str(gate)) for _ in range(2)]
        while aws.running < 2:
            assert not any(future.done() for future in held)
        status, code, message = fails(lambda: lambdas.invoke(str(gate)))
        gate.touch()
        assert [future.result().error for future in held] == [None, None]
    assert (status, code, message) == (429, "TooManyRequestsException", "Rate Exceeded.")
    assert lambdas.invoke(str(gate)).error is None


def test_payloads_have_lambdas_limit(lambdas: TinyFunctions, fails: Fails) -> None:
    lambdas.create("def handler(event, context): return 'x' * event if isinstance(event, int) else len(event)")
    assert lambdas.invoke("x" * (6 * 2**20 - 2)).payload == 6 * 2**20 - 2
    status, code, message = fails(lambda: lambdas.invoke("x" * (6 * 2**20 - 1)))
    assert (status, code) == (413, "RequestEntityTooLargeException")
    assert "6291457 byte payload is too large" in message
    assert len(lambdas.invoke(6_291_554).payload) == 6_291_554
    reply = lambdas.invoke(6_291_555)
    assert (reply.error, reply.payload["errorType"]) == ("Unhandled", "Function.ResponseSizeTooLarge")


def test_a_function_knows_where_it_is(lambdas: TinyFunctions) -> None:
    lambdas.create(
        "import os, resource, tempfile\n"
        "def handler(event, context):\n"
        "    return {**os.environ, 'cwd': os.getcwd(), 'temporary': tempfile.gettempdir(),\n"
        "            'files': str(resource.getrlimit(resource.RLIMIT_NOFILE)[0]),\n"
        "            'limit': context.memory_limit_in_mb, 'left': context.get_remaining_time_in_millis()}",
        Environment={"Variables": {"OWN": "value"}},
    )
    seen = lambdas.invoke().payload
    assert (
        seen["AWS_EXECUTION_ENV"]
        == "AWS_Lambda_" + lambdas.client.get_function_configuration(FunctionName="function")["Runtime"]
    )
    assert (seen["AWS_LAMBDA_FUNCTION_NAME"], seen["AWS_LAMBDA_FUNCTION_VERSION"]) == ("function", "$LATEST")
    assert (seen["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], seen["limit"], seen["files"]) == ("256", "256", "1024")
    assert (seen["OWN"], seen["AWS_REGION"], seen["cwd"]) == ("value", "us-east-1", seen["LAMBDA_TASK_ROOT"])
    assert seen["temporary"] == seen["TMPDIR"]
    assert 0 < seen["left"] <= 30_000
    assert "PYTEST_CURRENT_TEST" not in seen


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param({"FunctionName": "other"}, (404, "ResourceNotFoundException"), id="no such function"),
        pytest.param({"Qualifier": "7"}, (404, "ResourceNotFoundException"), id="no such version"),
        pytest.param({"Payload": b"nonsense"}, (400, "InvalidRequestContentException"), id="no JSON"),
        pytest.param({"InvocationType": "Event"}, (400, "InvalidParameterValueException"), id="asynchronous"),
    ],
)
def test_what_lambda_refuses_is_refused(
    lambdas: TinyFunctions, fails: Fails, asked: dict[str, object], expected: tuple[int, str]
) -> None:
    lambdas.create(ECHO)
    assert fails(lambda: lambdas.client.invoke(**{"FunctionName": "function"} | asked))[:2] == expected


def test_another_runtime_is_refused_by_name(lambdas: TinyFunctions, fails: Fails) -> None:
    lambdas.create(ECHO, Runtime="python3.8")
    assert "function wants python3.8 on" in fails(lambdas.invoke)[2]


def test_a_function_may_be_named_by_its_arn(lambdas: TinyFunctions) -> None:
    arn = lambdas.create(ECHO)["FunctionArn"]
    assert lambdas.invoke(5, name=f"{arn}:{lambdas.publish()}").version == "1"
