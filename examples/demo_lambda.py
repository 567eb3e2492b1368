"""Count words with ``--executor lambda``, from upload to output, on an AWS of this machine: there is no account.

`tox -e demo-lambda`
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from importlib import import_module
from pathlib import Path

import boto3

from corral_lambda.testing import LocalAws

ROOT = Path(__file__).parents[1]
BUCKET = "corral-demo"
TEXT, COUNTS = f"s3://{BUCKET}/text/*", f"s3://{BUCKET}/counts"


def upload() -> None:
    """Real English text that any machine with Python has: the help topics."""
    s3 = boto3.client("s3")
    topics: dict[str, str] = import_module("pydoc_data.topics").topics
    for name, text in topics.items():
        s3.put_object(Bucket=BUCKET, Key=f"text/topic-{name}.txt", Body=text.encode())


def count() -> int:
    corral = Path(sysconfig.get_path("scripts")) / "corral"
    job = os.path.relpath(ROOT / "examples" / "word_count" / "job.py")
    flags = ["--executor", "lambda", "--out", COUNTS, "--map-bin-size", "100kB", "--reducers", "2"]
    print("$ corral", job, TEXT, *flags, flush=True)
    return subprocess.run([str(corral), job, TEXT, *flags], check=False).returncode


def main() -> int:
    print("Starting S3, Lambda, IAM and CloudWatch Logs on this machine.", flush=True)
    with LocalAws(BUCKET) as aws, aws.environment():
        upload()
        if code := count():
            return code
        for part in sorted(aws.bucket(BUCKET).glob("counts/output-*")):
            print(f"\n{COUNTS}/{part.name} begins with:\n")
            print(*part.read_text("utf-8").splitlines()[:5], sep="\n")
        invoked = sum(call.operation == "Invoke" for call in aws.calls)
        print(f"\n{invoked} invocations; {sum(aws.worker_s3.counts.values())} requests of theirs to S3")
    return 0


if __name__ == "__main__":
    sys.exit(main())
