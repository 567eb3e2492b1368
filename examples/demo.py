"""`make demo`: count the words of Python's own documentation and of this repository's, with the ``corral`` command."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]
OUT = ROOT / "demo-output"


def gather(target: Path) -> None:
    """Real English text that any machine with Python has: the help topics, and what this repository says."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    topics: dict[str, str] = import_module("pydoc_data.topics").topics
    for name, text in topics.items():
        (target / f"topic-{name.replace('/', '-')}.txt").write_text(text, encoding="utf-8")
    for number, page in enumerate(
        sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/*.md")])
    ):
        shutil.copy(page, target / f"page-{number}-{page.name}")


def most_frequent(counts: Path, size: int) -> list[tuple[str, int]]:
    lines = [line for part in counts.glob("output-*") for line in part.read_text(encoding="utf-8").splitlines()]
    pairs = [(word, int(count)) for word, _, count in (line.partition("\t") for line in lines)]
    pairs = [pair for pair in pairs if any(map(str.isalpha, pair[0]))]  # not the bars of tables
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:size]


def main() -> int:
    text, counts = OUT / "text", OUT / "counts"
    gather(text)
    command = [str(Path(sysconfig.get_path("scripts")) / "corral"), "examples/word_count/job.py", str(text)]
    # Small bins, so that there is some progress to see.
    command += ["--out", str(counts), "--overwrite", "--map-bin-size", "50kB", "--reducers", "4"]
    print("$ corral", *(part.replace(f"{ROOT}/", "") for part in command[1:]), flush=True)
    if code := subprocess.run(command, cwd=ROOT, check=False).returncode:
        return code
    print("\nThe ten most frequent words:\n")
    for word, count in most_frequent(counts, 10):
        print(f"{count:8,}  {word}")
    print("\nAll counts:", ", ".join(str(part.relative_to(ROOT)) for part in sorted(counts.glob("output-*"))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
