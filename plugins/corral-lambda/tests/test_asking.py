from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from botocore.stub import Stubber

from corral_core.errors import CorralError, ExecutorUnavailable, UsageError
from corral_lambda.account import Account
from corral_lambda.asking import asking

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "one")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")


@contextmanager
def gateway(status: int, body: bytes) -> Iterator[str]:
    """What stands in AWS's place, such as the page of a hotel, and answers all there is."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_DELETE = do_GET  # noqa: N815  (the names that http.server looks for)

        def log_message(self, *_: object) -> None:
            """In silence."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (("AccessDenied", 403), UsageError, "credentials don't allow GetCallerIdentity: AccessDenied: a message"),
        (
            ("ValidationError", 400),
            UsageError,
            "AWS answered GetCallerIdentity: ValidationError: a message of two",
        ),
        (("Throttling", 429), ExecutorUnavailable, "Throttling"),
        (("InternalFailure", 500), ExecutorUnavailable, "InternalFailure"),
    ],
)
def test_what_aws_answers_is_one_sentence_of_the_right_kind(
    answer: tuple[str, int], kind: type[Exception], said: str
) -> None:
    code, status = answer
    client = Account().client("sts")
    with Stubber(client) as sts:
        sts.add_client_error("get_caller_identity", code, "a message\nof two  lines", status)
        with pytest.raises(kind) as caught, asking():
            client.get_caller_identity()
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b"<html>Welcome to the hotel</html>", "the answer is not one of AWS's, as it has no 'GetCaller"),
        (200, b"welcome\nto the hotel", "the answer is not one of AWS's (Unable to parse response (syntax error"),
        (200, b"", "the answer is not one of AWS's (Unable to parse"),
        (502, b"<html>Bad gateway</html>", "AWS answered GetCallerIdentity: 502: Bad Gateway"),
    ],
    ids=["page", "text", "empty", "bad gateway"],
)
def test_what_is_no_answer_of_awss_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, status: int, body: bytes, said: str
) -> None:
    with gateway(status, body) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(ExecutorUnavailable) as caught, asking():
            Account(patient=False).client("sts").get_caller_identity()
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_corrals_own_errors_and_bugs_pass() -> None:
    for error in (CorralError("ours"), ZeroDivisionError("a bug")):
        with pytest.raises(type(error)) as caught, asking():
            raise error
        assert caught.value is error


@pytest.mark.parametrize("arguments", [["--lambda", "--undeploy"], ["logs", "20260101-000000-abcdef12"]])
def test_a_command_that_a_gateway_answers_ends_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    with gateway(200, b"welcome to the hotel") as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        command = [sys.executable, "-m", "corral_core", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("corral: the answer is not one of AWS's")
    assert done.stderr.count("\n") == 1


def test_logs_of_a_location_that_is_a_file_or_damaged_are_refused(tmp_path: Path) -> None:
    """It is named, whatever lies there."""
    (tmp_path / "file").touch()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "_SUCCESS").write_bytes(b"{")
    for name, said in (("file", "can't be looked at: not a directory"), ("out", "no run has left anything in")):
        command = [sys.executable, "-m", "corral_core", "logs", str(tmp_path / name)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 2, done.stderr
        assert said in done.stderr
        assert done.stderr.count("\n") == 1
