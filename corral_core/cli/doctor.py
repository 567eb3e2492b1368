"""``corral doctor``: what would keep a run from going well, and what to do about it."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from textwrap import fill
from typing import TYPE_CHECKING

import click

from corral_core.cli.candidates import executors, paths
from corral_core.cli.streams import out
from corral_core.cli.units import count_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corral_core.diagnosis import Finding
    from corral_core.doctor.examination import Section

__all__ = ["doctor"]

_FOUND_WRONG = 1
_ORDER = ("failed", "warning", "ok")
_MARKS = {"failed": ("\u2717", "x", "red"), "warning": ("!", "!", "yellow"), "ok": ("\u2713", "+", "green")}
"""How each state shows, with characters that a terminal may lack, without them, and in which colour."""
_WIDTH = 110


@click.command(
    "doctor",
    short_help="Look for what would keep a run from going well.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("locations", metavar="[LOCATION]...", nargs=-1, shell_complete=paths)
@click.option(
    "--executor",
    metavar="NAME",
    shell_complete=executors,
    help="Look at this executor only; by default at all that are installed.",
)
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@click.pass_context
def doctor(context: click.Context, locations: tuple[str, ...], executor: str | None, as_json: bool) -> None:
    """Look for what would keep a run from going well, and say what to do about it.

    Looks at the installation, the settings, this machine, the executors, and at LOCATION: inputs, or where to work.
    Changes nothing. Ends with code 1 when something failed.
    """
    from corral_core.doctor.examination import examine

    sections: list[Section] = []
    for section in examine(locations, executor):
        sections.append(section)
        if section.findings and not as_json:
            out(_shown(section))
    findings = [finding for section in sections for finding in section.findings]
    out(_json(sections) if as_json else _verdict(findings))
    if any(finding.state == "failed" for finding in findings):
        context.exit(_FOUND_WRONG)


def _shown(section: Section) -> str:
    lines = [_coloured(section.about, bold=True)]
    for finding in sorted(section.findings, key=lambda finding: _ORDER.index(finding.state)):
        fancy, plain, colour = _MARKS[finding.state]
        mark = _coloured(fancy if _can_show(fancy) else plain, fg=colour)
        text = _wrapped(f"{finding.what}: {finding.detail}", "    ")
        lines.append(f"  {mark} {text.lstrip()}")
        if finding.remedy:
            arrow = "\u2192" if _can_show("\u2192") else "->"
            lines.append(_wrapped(f"{arrow} {finding.remedy}", "      "))
    return "\n".join(lines)


def _wrapped(text: str, indent: str) -> str:
    return fill(
        text, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )


def _verdict(findings: Sequence[Finding]) -> str:
    failed, warnings = (sum(finding.state == state for finding in findings) for state in ("failed", "warning"))
    if not failed:
        return _coloured("nothing failed", fg="green") + (f", {count_text(warnings, 'warning')}" if warnings else "")
    return _coloured(f"{failed} failed", fg="red") + (f", {count_text(warnings, 'warning')}" if warnings else "")


def _json(sections: Sequence[Section]) -> str:
    rows = [{"about": section.about, **asdict(finding)} for section in sections for finding in section.findings]
    counts = {state: sum(row["state"] == state for row in rows) for state in _ORDER}
    return json.dumps({**counts, "findings": rows}, indent=2)


def _coloured(text: str, fg: str | None = None, *, bold: bool = False) -> str:
    plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty()
    return text if plain else click.style(text, fg=fg, bold=bold)


def _can_show(mark: str) -> bool:
    if os.environ.get("TERM") == "dumb":
        return False
    try:
        mark.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
