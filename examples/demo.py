"""Count the words of Python's own documentation and of this repository's, with the ``corral`` command: `make demo`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = ("*.md", "docs/**/*.md", "examples/*/*.md")


def gather(target: Path) -> None:
    """Real English text that any machine with Python has: the help topics, and what this repository says."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    topics: dict[str, str] = import_module("pydoc_data.topics").topics
    for name, text in topics.items():
        (target / f"topic-{name}.txt").write_text(text, encoding="utf-8")
    for number, page in enumerate(page for place in PAGES for page in sorted(ROOT.glob(place))):
        shutil.copy(page, target / f"page-{number}-{page.name}")


def most_frequent(parts: list[Path], size: int) -> list[tuple[str, int]]:
    lines = [line for part in parts for line in part.read_text(encoding="utf-8").splitlines()]
    pairs = [(word, int(count)) for word, _, count in (line.partition("\t") for line in lines)]
    words = [pair for pair in pairs if any(map(str.isalpha, pair[0]))]  # not the bars of tables
    return sorted(words, key=lambda pair: (-pair[1], pair[0]))[:size]


def main(folder: str = "demo-output") -> int:
    text, counts = Path(folder, "text"), Path(folder, "counts")
    gather(text)
    corral = Path(sysconfig.get_path("scripts")) / "corral"
    job = os.path.relpath(ROOT / "examples" / "word_count" / "job.py")
    # Small bins, so that there is some progress to see.
    flags = ["--out", str(counts), "--overwrite", "--map-bin-size", "50kB", "--reducers", "4"]
    print("$ corral", job, text, *flags, flush=True)
    if code := subprocess.run([str(corral), job, str(text), *flags], check=False).returncode:
        return code
    parts = sorted(counts.glob("output-*"))
    print("\nThe ten most frequent words:\n")
    for word, count in most_frequent(parts, 10):
        print(f"{count:8,}  {word}")
    print("\nAll counts:", *parts)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
