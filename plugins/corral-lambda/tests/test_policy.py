from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral_lambda.policy import logs_policy, run_policy

if TYPE_CHECKING:
    from collections.abc import Callable

    Allows = Callable[[str, str, str], bool]

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
def test_what_a_run_needs_is_allowed(action: str, resource: str, allows: Allows) -> None:
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
def test_all_else_is_denied(action: str, resource: str, allows: Allows) -> None:
    assert not allows(RUN, action, resource)


KEYS = st.text(st.sampled_from("ab/*?[]${}"), min_size=1, max_size=8).filter(lambda key: key.strip("/") == key)


@given(KEYS, KEYS)
def test_a_location_allows_what_is_below_it_whatever_its_name(allows: Allows, location: str, key: str) -> None:
    document = run_policy("aws", [], f"s3://out/{location}")
    assert allows(document, WRITE, f"arn:aws:s3:::out/{location}/{key}")
    assert not allows(document, WRITE, f"arn:aws:s3:::out/c{location}/{key}")


@given(KEYS, KEYS)
def test_a_glob_allows_every_key_that_it_matches(allows: Allows, pattern: str, key: str) -> None:
    if fnmatchcase(key, pattern):
        assert allows(run_policy("aws", [f"s3://in/{pattern}"], "s3://out/run"), READ, f"arn:aws:s3:::in/{key}")


def test_whole_buckets_and_other_partitions(allows: Allows) -> None:
    document = run_policy("aws-cn", ["s3://in"], "s3://out")
    assert allows(document, READ, "arn:aws-cn:s3:::in/any/key")
    assert allows(document, WRITE, "arn:aws-cn:s3:::out/any/key")


def test_the_same_places_give_the_same_text() -> None:
    places = ["s3://in/b", "s3://in/a"]
    assert run_policy("aws", places, "s3://o/1") == run_policy("aws", reversed(places), "s3://o/1")


def test_logs_are_this_functions_alone(allows: Allows) -> None:
    document = logs_policy("aws", "eu-central-1", "123456789012", "fn")
    group = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/fn"
    assert allows(document, "logs:PutLogEvents", f"{group}:log-stream:2026/11/22/[1]abc")
    assert not allows(document, "logs:PutLogEvents", f"{group}-2:log-stream:x")
    actions: list[Any] = json.loads(document)["Statement"][0]["Action"]
    assert len(actions) == 3
