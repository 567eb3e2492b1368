"""The command: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks import overhead, recording, scale, scheduler, stragglers
from benchmarks.data import MB, Inputs
from benchmarks.measure import CommandError
from benchmarks.report import as_json, as_markdown, into_page
from benchmarks.runner import Result, run
from benchmarks.workloads import MEMORY, WORKLOADS
from benchmarks.workloads.api import SMALL_FILES, Scale

INPUTS = Path(tempfile.gettempdir()) / "corral-benchmarks"


def main(argv: list[str] | None = None) -> int:
    """Run what was asked for; answers the exit code: 1 when an answer is wrong or a contender fails."""
    options = _parser().parse_args(argv)
    try:
        if own := _own(options):
            print(own)
            return 0
        return _report(_results(options), options)
    except CommandError as error:
        print(error, file=sys.stderr)
        return 1


def _own(options: argparse.Namespace) -> str | None:
    """What is asked of corral alone, with no peers."""
    if options.scale is not None:
        sizes = options.scale or scale.SIZES
        tables = [
            scale.as_table(map(scale.measure, sizes)),
            scheduler.as_table(map(scheduler.measure, sizes)),
            recording.as_table(map(recording.measure, sizes)),
        ]
        return "\n\n".join(tables)
    if options.stragglers:
        return stragglers.as_table(stragglers.ratios(options.rounds, _tell))
    if options.beside is not None:
        text = Inputs(options.data).text(int(options.size * MB))
        with tempfile.TemporaryDirectory(prefix="corral-benchmarks-") as work:
            return overhead.as_table(overhead.ratios(options.beside, text, options.rounds, Path(work), _tell))
    return None


def _results(options: argparse.Namespace) -> list[Result]:
    names = options.only or [name for name in WORKLOADS if name not in MEMORY]
    names += [name for name in MEMORY if options.memory is not None and name not in names]
    sizes = Scale(
        Inputs(options.data),
        int(options.size * MB),
        int((options.memory or 1000) * MB),
        options.small_files,
        options.go_corral,
    )
    with tempfile.TemporaryDirectory(prefix="corral-benchmarks-") as work:
        return [run(name, WORKLOADS[name](sizes), options.rounds, Path(work), _tell) for name in names]


def _report(results: list[Result], options: argparse.Namespace) -> int:
    figures = as_markdown(results, options.rounds)
    print(figures, end="")
    if options.json is not None:
        options.json.write_text(as_json(results, options.rounds), encoding="utf-8")
    if options.page is not None:
        into_page(options.page, figures)
    return 1 if any(result.wrong for result in results) else 0


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("benchmarks", description="Measure corral beside its peers.")
    parser.add_argument("--size", type=float, default=10, metavar="MB", help="of each input (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="default: %(default)s")
    parser.add_argument("--only", action="append", choices=WORKLOADS, metavar="NAME", help=f"{', '.join(WORKLOADS)}")
    parser.add_argument(
        "--memory", type=float, nargs="?", const=1000, metavar="MB", help="also inputs beyond memory (default: 1000)"
    )
    parser.add_argument("--scale", type=int, nargs="*", metavar="TASKS", help="only what so many tasks cost the driver")
    parser.add_argument("--stragglers", action="store_true", help="only what one slow worker costs")
    parser.add_argument("--beside", metavar="PROGRAM", help="only word count, beside another corral's command")
    parser.add_argument("--small-files", type=int, default=SMALL_FILES, metavar="N", help="default: %(default)s")
    parser.add_argument("--go-corral", type=Path, metavar="DIRECTORY", help="with Go corral's built programs")
    parser.add_argument("--data", type=Path, default=INPUTS, metavar="DIRECTORY", help="to keep inputs in")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures")
    parser.add_argument("--page", type=Path, metavar="FILE", help="put the tables into this page, between its marks")
    return parser


if __name__ == "__main__":
    sys.exit(main())
