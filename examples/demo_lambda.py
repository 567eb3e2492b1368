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

from corral_lambda.testing import LocalAws

ROOT = Path(__file__).parents[1]
TEXT, COUNTS = "s3://corral-demo/text/*", "s3://corral-demo/counts"


def upload(bucket: Path) -> None:
    """Real English text that any machine with Python has: the help topics. A bucket's files are its objects."""
    topics: dict[str, str] = import_module("pydoc_data.topics").topics
    (bucket / "text").mkdir()
    for name, text in topics.items():
        (bucket / "text" / f"topic-{name}.txt").write_text(text, encoding="utf-8")


def count(aws: LocalAws) -> int:
    corral = Path(sysconfig.get_path("scripts")) / "corral"
    job = os.path.relpath(ROOT / "examples" / "word_count" / "job.py")
    flags = ["--executor", "lambda", "--out", COUNTS, "--map-bin-size", "100kB", "--reducers", "2"]
    print("$ corral", job, TEXT, *flags, flush=True)
    return subprocess.run([str(corral), job, TEXT, *flags], check=False, env=os.environ | aws.env).returncode


def main() -> int:
    print("Starting S3, Lambda, IAM and CloudWatch Logs on this machine.", flush=True)
    with LocalAws("corral-demo") as aws:
        bucket = aws.bucket("corral-demo")
        upload(bucket)
        if code := count(aws):
            return code
        for part in sorted(bucket.glob("counts/output-*")):
            print(f"\n{COUNTS}/{part.name} begins with:\n")
            print(*part.read_text("utf-8").splitlines()[:5], sep="\n")
        invoked = sum(call.operation == "Invoke" for call in aws.calls)
        print(f"\n{invoked} invocations; {sum(aws.worker_s3.counts.values())} requests of theirs to S3")
    return 0


if __name__ == "__main__":
    sys.exit(main())
