"""A stack whose function is busy, and that ends with its standard input: ``stack.py FOLDER``."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

from corral_lambda.testing import LocalAws
from corral_lambda.testing.tiny import TinyFunctions

HOLD = """
import subprocess, time

def handler(event, context):
    subprocess.Popen(["sleep", "1000"])
    open(event, "w").close()
    time.sleep(1000)
"""


def main(folder: str) -> None:
    os.environ["TMPDIR"] = tempfile.tempdir = folder
    sign = Path(folder) / "sign"
    with LocalAws() as aws, aws.environment():
        lambdas = TinyFunctions()
        lambdas.create(HOLD, Timeout=900)
        threading.Thread(target=invoke, args=(lambdas, str(sign)), daemon=True).start()
        while not sign.exists():
            time.sleep(0.01)
        sign.unlink()
        print("busy", flush=True)
        sys.stdin.read()


def invoke(lambdas: TinyFunctions, sign: str) -> None:
    with contextlib.suppress(Exception):  # the stack ends before the function does
        lambdas.invoke(sign)


with contextlib.suppress(KeyboardInterrupt):
    main(sys.argv[1])
