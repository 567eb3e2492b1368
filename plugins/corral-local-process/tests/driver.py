"""A driver whose two workers are busy, and that ends as it is told: ``driver.py FOLDER ACTION ENDING``."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from corral_core.tasks import encode
from corral_core.testing.jobs import TaskBench
from corral_local_process.executor import LocalProcessExecutor


def main(folder: Path, action: str, ending: str) -> None:
    bench = TaskBench(folder / "job", str(folder / "data"), Path(__file__).with_name("local_job.py"))
    executor = LocalProcessExecutor(2)
    executor.open(bench.bundle())
    signs = [folder / f"sign-{n}" for n in range(2)]
    for sign in signs:
        executor.submit(encode(bench.acting(f"{action} {sign}")))
    while not all(sign.exists() and sign.read_text(encoding="ascii") for sign in signs):
        time.sleep(0.01)
    if ending == "fork" and os.fork() == 0:
        os.close(1)
        signal.pause()  # holds copies of all that the driver has open
    print("ready", flush=True)
    if ending == "exit":
        sys.exit(3)
    if ending == "raise":
        raise RuntimeError("the driver has a bug")
    if ending == "drop":
        os._exit(3)
    signal.pause()


main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
