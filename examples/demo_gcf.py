"""Count words with ``--executor gcf``, from upload to output, on a Google Cloud that runs on this machine, without an
account.

`tox -e demo-gcf`
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from importlib import import_module
from pathlib import Path

from corral_gcf.testing import LocalGcp

ROOT = Path(__file__).parents[1]
TEXT, COUNTS = "gs://corral-demo/text/*", "gs://corral-demo/counts"


def upload(gcp: LocalGcp) -> None:
    """Real English text that any machine with Python has: the help topics."""
    topics: dict[str, str] = import_module("pydoc_data.topics").topics
    for name, text in topics.items():
        gcp.put(f"gs://corral-demo/text/topic-{name}.txt", text.encode())


def count(gcp: LocalGcp) -> int:
    corral = Path(sysconfig.get_path("scripts")) / "corral"
    job = os.path.relpath(ROOT / "examples" / "word_count" / "job.py")
    flags = ["--executor", "gcf", "--out", COUNTS, "--map-bin-size", "100kB", "--reducers", "2"]
    print("$ corral", job, TEXT, *flags, flush=True)
    return subprocess.run([str(corral), job, TEXT, *flags], check=False, env=os.environ | gcp.env).returncode


def main() -> int:
    print("Starting Cloud Storage and a stand-in for Cloud Functions on this machine.", flush=True)
    with LocalGcp("corral-demo") as gcp:
        upload(gcp)
        if code := count(gcp):
            return code
        for name, part in sorted(gcp.objects(COUNTS).items()):
            if name.startswith("output-"):
                print(f"\n{COUNTS}/{name} begins with:\n")
                print(*part.decode().splitlines()[:5], sep="\n")
        invoked = sum(call.operation == "Invoke" for call in gcp.calls)
        print(f"\n{invoked} calls of the function; {sum(gcp.worker_gcs.counts.values())} requests of its to storage")
    return 0


if __name__ == "__main__":
    sys.exit(main())
