"""A stack whose function is busy, and that ends with its standard input: ``stack.py FOLDER``."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path

from corral_gcf.archive import Code
from corral_gcf.deploy import deploy
from corral_gcf.function import Configuration, Functions
from corral_gcf.project import Project
from corral_gcf.testing import LocalGcp
from corral_gcf.testing.runtime import RUNTIME

HOLD = """
import subprocess, time

def main(request):
    subprocess.Popen(["sleep", "1000"])
    open(request.get_data(), "w").close()
    time.sleep(1000)
"""


def main(folder: str) -> None:
    os.environ["TMPDIR"] = tempfile.tempdir = folder
    sign = Path(folder) / "sign"
    source = Path(folder) / "source.zip"
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr("main.py", HOLD)
        archive.writestr("requirements.txt", "functions-framework==3.*\n")
    with LocalGcp() as gcp, gcp.environment():
        project = Project()
        made = deploy(Functions(project, "fn"), Configuration(RUNTIME, 256, 900, 1), Code(source, "digest"))
        source.unlink()
        gcp.control.invoker = True
        threading.Thread(target=call, args=(project, made.function.service_config.uri, str(sign)), daemon=True).start()
        while not sign.exists():
            time.sleep(0.01)
        sign.unlink()
        print("busy", flush=True)
        sys.stdin.read()


def call(project: Project, url: str, sign: str) -> None:
    import requests
    from google.auth.transport.requests import Request

    from corral_gcf.tokens import id_credentials

    credentials = id_credentials(project.credentials, url, None)
    credentials.refresh(Request())
    with contextlib.suppress(Exception):  # the stack ends before the function does
        requests.post(url, sign.encode(), headers={"Authorization": f"Bearer {credentials.token}"}, timeout=900)


with contextlib.suppress(KeyboardInterrupt):
    main(sys.argv[1])
