"""S3, as the driver and as functions see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest
import s3fs

from corral_core.testing.faults import Faults

if TYPE_CHECKING:
    from corral_lambda.testing import LocalAws
    from corral_lambda.testing.tiny import TinyFunctions

pytestmark = pytest.mark.servers

COPY = """
import boto3

def handler(event, context):
    s3 = boto3.client("s3")
    body = s3.get_object(Bucket="data", Key=event)["Body"].read()
    s3.put_object(Bucket="data", Key="copy", Body=body)
"""


def test_s3fs_and_boto3_see_the_same_objects(aws: LocalAws) -> None:
    files = s3fs.S3FileSystem(skip_instance_cache=True)
    with files.open("data/a b/ü%+#.bin", "wb") as stream:
        stream.write(bytes(range(256)) * 50_000)  # in parts
    listed = boto3.client("s3").list_objects_v2(Bucket="data")["Contents"]
    assert [(item["Key"], item["Size"]) for item in listed] == [("a b/ü%+#.bin", 12_800_000)]
    assert files.cat_file("data/a b/ü%+#.bin", start=255, end=258) == b"\xff\x00\x01"
    assert (aws.bucket("data") / "a b" / "ü%+#.bin").stat().st_size == 12_800_000


def test_requests_of_driver_and_functions_are_told_apart(aws: LocalAws, lambdas: TinyFunctions) -> None:
    lambdas.create(COPY)
    boto3.client("s3").put_object(Bucket="data", Key="in", Body=b"text")
    assert lambdas.invoke("in").error is None
    assert boto3.client("s3").get_object(Bucket="data", Key="copy")["Body"].read() == b"text"
    assert dict(aws.s3.counts) == {"PUT": 1, "GET": 1}
    assert dict(aws.worker_s3.counts) == {"GET": 1, "PUT": 1}


def test_faults_may_meet_functions_only(aws: LocalAws, lambdas: TinyFunctions) -> None:
    lambdas.create(COPY, Environment={"Variables": {"AWS_MAX_ATTEMPTS": "2"}})
    boto3.client("s3").put_object(Bucket="data", Key="in", Body=b"text")
    aws.worker_s3.faults = Faults(slow_down=1)
    assert boto3.client("s3").get_object(Bucket="data", Key="in")["Body"].read() == b"text"
    reply = lambdas.invoke("in")
    assert "SlowDown" in reply.payload["errorMessage"]
    assert dict(aws.worker_s3.counts) == {"GET": 2}


def test_a_reset_leaves_nothing(aws: LocalAws, lambdas: TinyFunctions) -> None:
    lambdas.create(COPY)
    aws.bucket("other")
    for bucket in ("data", "other"):
        boto3.client("s3").put_object(Bucket=bucket, Key="folder/in", Body=b"text")
    aws.reset()
    assert lambdas.client.list_functions()["Functions"] == []
    assert boto3.client("iam").list_roles()["Roles"] == []
    assert [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]] == ["data"]
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket="data")
    assert [call.operation for call in aws.calls] == ["ListFunctions", "ListRoles"]


def test_many_may_write_at_once(aws: LocalAws) -> None:
    """Segments of many mappers go to one folder; rclone without its cache of folders waits there for itself."""
    files = s3fs.S3FileSystem(skip_instance_cache=True)
    files.pipe({f"data/run/{number % 3}/{number}": b"%d" % number for number in range(60)})
    assert sorted(map(int, files.cat(files.find("data/run")).values())) == list(range(60))
