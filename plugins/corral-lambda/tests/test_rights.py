"""What a run's functions do, against what their role allows; and where no credential may be."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import boto3
import pytest

from corral_core.engine.loading import load_job
from corral_core.engine.run import run
from corral_core.settings import load_settings
from corral_core.tasks import Done, decode_reply, encode
from corral_core.testing.jobs import TaskBench
from corral_core.testing.servers import KEY, SECRET, wait_for
from corral_lambda.executor import LambdaExecutor
from corral_lambda.invoke import Caller
from corral_lambda.settings import LambdaSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_lambda.testing import LocalAws

pytestmark = [pytest.mark.servers, pytest.mark.slow]

EXAMPLES = Path(__file__).parents[3] / "examples"
ACTIONS = {"GET": "s3:GetObject", "HEAD": "s3:GetObject", "PUT": "s3:PutObject", "DELETE": "s3:DeleteObject"}


@pytest.fixture
def events(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """A word count has run; gives what its functions were sent."""
    sent: list[dict[str, str]] = []
    call = Caller.event

    async def noted(self: Caller, client: Any, event: dict[str, str]) -> dict[str, str]:
        sent.append(event)
        return await call(self, client, event)

    monkeypatch.setattr(Caller, "event", noted)
    (aws.bucket("data") / "in").mkdir()
    (aws.bucket("data") / "in" / "words.txt").write_bytes((EXAMPLES / "word_count/sample/words.txt").read_bytes())
    options = {"executor": "lambda", "working_location": "s3://data/out", "cleanup": False, "split_size": 10_000}
    settings = load_settings(options | {"map_bin_size": 10_000, "reducers": 2})
    run(load_job(str(EXAMPLES / "word_count" / "job.py")), ["s3://data/in/*"], settings)
    return sent


@pytest.mark.usefixtures("events")
def test_the_role_allows_what_was_done_and_no_more(aws: LocalAws, allows: Callable[[str, str, str], bool]) -> None:
    iam = boto3.client("iam")
    names = iam.list_role_policies(RoleName="CorralExecutionRole")["PolicyNames"]
    documents = [
        iam.get_role_policy(RoleName="CorralExecutionRole", PolicyName=name)["PolicyDocument"] for name in names
    ]
    granted = json.dumps({"Statement": [statement for document in documents for statement in document["Statement"]]})
    assert aws.worker_s3.seen
    for seen in aws.worker_s3.seen:
        bucket_and_key = unquote(urlsplit(seen.target).path).lstrip("/")
        assert "/" in bucket_and_key, f"a worker asked for a whole bucket: {seen}"
        assert seen.method != "HEAD", f"without s3:ListBucket a missing key is a denied one: {seen}"
        assert allows(granted, ACTIONS[seen.method], f"arn:aws:s3:::{bucket_and_key}"), seen
    for action, resource in [
        ("s3:PutObject", "arn:aws:s3:::data/in/words.txt"),
        ("s3:GetObject", "arn:aws:s3:::data/other"),
        ("s3:GetObject", "arn:aws:s3:::other/in/words.txt"),
        ("s3:DeleteObject", "arn:aws:s3:::data/outside"),
        ("s3:ListBucket", "arn:aws:s3:::data"),
        ("iam:PutRolePolicy", "arn:aws:iam::123456789012:role/CorralExecutionRole"),
    ]:
        assert not allows(granted, action, resource)


def test_rights_that_do_not_hold_yet_are_waited_for(aws: LocalAws, tmp_path: Path) -> None:
    bench = TaskBench(tmp_path / "job", "s3://data/bench")
    bundle = replace(bench.bundle(), location="s3://data/bench", work="s3://data/bench/_corral/run")
    executor = LambdaExecutor(LambdaSettings(), 1)
    aws.worker_s3.refusal = ("403 Forbidden", "AccessDenied")
    with ThreadPoolExecutor(1) as thread, closing(executor):
        opening = thread.submit(executor.open, bundle)
        assert wait_for(lambda: aws.worker_s3.seen, 60)
        aws.worker_s3.refusal = None
        opening.result(60)
        assert isinstance(decode_reply(executor.submit(encode(bench.acting("echo a"))).result(60)), Done)
    assert [call.operation for call in aws.calls].count("Invoke") >= 3


def test_no_credential_is_in_events_logs_reports_or_files(aws: LocalAws, events: list[dict[str, str]]) -> None:
    pages = boto3.client("logs").get_paginator("filter_log_events").paginate(logGroupName="/aws/lambda/corral_function")
    logged = [event["message"] for page in pages for event in page["events"]]
    stored = [path.read_bytes() for path in (aws.bucket("data") / "out").rglob("*") if path.is_file()]
    function = boto3.client("lambda").get_function(FunctionName="corral_function")["Configuration"]
    assert len(events) > 2
    assert len(logged) > 2
    assert len(stored) > 2
    everything = json.dumps([events, logged, function], default=str).encode() + b"".join(stored)
    for secret in (KEY, SECRET, "corral-test-session-token"):
        assert secret.encode() not in everything
