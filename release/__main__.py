"""``python -m release [FOLDER]``: build wheels and source distributions, look into them, install them, run the demo.

They are left in FOLDER, ``dist`` by default, which is made anew. Nothing is uploaded.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from release.contents import sdist_faults, wheel_faults
from release.distributions import Distribution, distributions
from release.trial import try_out


def main(folder: str = "dist") -> int:
    """Do all of it; the exit code."""
    target = Path(folder).resolve()
    shutil.rmtree(target, ignore_errors=True)
    built = [_build(distribution, target) for distribution in distributions()]
    faults = [
        *(f"{sdist.name} {fault}" for one, sdist, _ in built for fault in sdist_faults(sdist, one)),
        *(f"{wheel.name} {fault}" for one, _, wheel in built for fault in wheel_faults(wheel, one)),
    ]
    if faults:
        print(*faults, sep="\n", file=sys.stderr)
        return 1
    files = [path for _, *pair in built for path in pair]
    subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *map(str, files)], check=True)
    with TemporaryDirectory(prefix="corral-release-") as place:
        try_out([(one, wheel) for one, _, wheel in built], Path(place))
    for path in files:
        print(f"{path.stat().st_size / 1000:8,.1f} kB  {path.name}")
    return 0


def _build(distribution: Distribution, target: Path) -> tuple[Distribution, Path, Path]:
    """The source distribution, and the wheel that is built from it: so nothing is missing there."""
    print(f"building {distribution.name} {distribution.version}", flush=True)
    command = [sys.executable, "-m", "build", "--outdir", str(target), str(distribution.folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    stem = f"{distribution.name.replace('-', '_')}-{distribution.version}"
    return distribution, target / f"{stem}.tar.gz", target / f"{stem}-py3-none-any.whl"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
