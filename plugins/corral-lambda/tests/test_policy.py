from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_lambda.policy import logs_policy, run_policy


def allows(document: str, action: str, resource: str) -> bool:
    """What IAM would say, for policies without conditions."""
    return any(
        statement["Effect"] == "Allow"
        and action in statement["Action"]
        and any(_fits(pattern, resource) for pattern in statement["Resource"])
        for statement in json.loads(document)["Statement"]
    )


def _fits(pattern: str, resource: str) -> bool:
    parts = re.split(r"(\*|\?|\$\{[*?$]\})", pattern)
    wild = {"*": ".*", "?": "."}
    regex = "".join(wild.get(part, re.escape(part[2] if part.startswith("${") else part)) for part in parts)
    return re.fullmatch(regex, resource, re.DOTALL) is not None


READ, WRITE, DELETE, LIST = "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"
RUN = run_policy(
    "aws", ["s3://in/logs/*.gz", "s3a://in/dir/", "s3://in/one file#+%.txt", "https://h/x"], "s3://out/run/"
)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        (READ, "arn:aws:s3:::in/logs/a.gz"),
        (READ, "arn:aws:s3:::in/dir/deep/b"),
        (READ, "arn:aws:s3:::in/one file#+%.txt"),
        (READ, "arn:aws:s3:::out/run/_corral/r/stage-0/map-0.0"),
        (WRITE, "arn:aws:s3:::out/run/output-0"),
        (DELETE, "arn:aws:s3:::out/run/output-0"),
        ("s3:AbortMultipartUpload", "arn:aws:s3:::out/run/output-0"),
    ],
)
def test_what_a_run_needs_is_allowed(action: str, resource: str) -> None:
    assert allows(RUN, action, resource)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        (READ, "arn:aws:s3:::in/other"),
        (READ, "arn:aws:s3:::in/directory"),
        (READ, "arn:aws:s3:::out/run2/output-0"),
        (READ, "arn:aws:s3:::elsewhere/logs/a.gz"),
        (WRITE, "arn:aws:s3:::in/logs/a.gz"),
        (WRITE, "arn:aws:s3:::out/other"),
        (DELETE, "arn:aws:s3:::in/logs/a.gz"),
        (LIST, "arn:aws:s3:::in"),
        (LIST, "arn:aws:s3:::out"),
        ("iam:PutRolePolicy", "arn:aws:iam::123456789012:role/CorralExecutionRole"),
        ("lambda:InvokeFunction", "arn:aws:lambda:eu-central-1:123456789012:function:corral_function"),
    ],
)
def test_all_else_is_denied(action: str, resource: str) -> None:
    assert not allows(RUN, action, resource)


KEYS = st.text(st.sampled_from("ab/*?[]${}"), min_size=1, max_size=8).filter(lambda key: key.strip("/") == key)


@given(KEYS, KEYS)
def test_a_location_allows_what_is_below_it_whatever_its_name(location: str, key: str) -> None:
    document = run_policy("aws", [], f"s3://out/{location}")
    assert allows(document, WRITE, f"arn:aws:s3:::out/{location}/{key}")
    assert not allows(document, WRITE, f"arn:aws:s3:::out/c{location}/{key}")


@given(KEYS, KEYS)
def test_a_glob_allows_every_key_that_it_matches(pattern: str, key: str) -> None:
    if fnmatchcase(key, pattern):
        assert allows(run_policy("aws", [f"s3://in/{pattern}"], "s3://out/run"), READ, f"arn:aws:s3:::in/{key}")


def test_whole_buckets_and_other_partitions() -> None:
    document = run_policy("aws-cn", ["s3://in"], "s3://out")
    assert allows(document, READ, "arn:aws-cn:s3:::in/any/key")
    assert allows(document, WRITE, "arn:aws-cn:s3:::out/any/key")


def test_the_same_places_give_the_same_text() -> None:
    places = ["s3://in/b", "s3://in/a"]
    assert run_policy("aws", places, "s3://o/1") == run_policy("aws", reversed(places), "s3://o/1")


def test_logs_are_this_functions_alone() -> None:
    document = logs_policy("aws", "eu-central-1", "123456789012", "fn")
    group = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/fn"
    assert allows(document, "logs:PutLogEvents", f"{group}:log-stream:2026/11/22/[1]abc")
    assert not allows(document, "logs:PutLogEvents", f"{group}-2:log-stream:x")
    actions: list[Any] = json.loads(document)["Statement"][0]["Action"]
    assert len(actions) == 3
