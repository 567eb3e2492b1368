"""Puts the page together. Data comes into it in two ways only: through jinja2, which escapes it, and as base64."""

from __future__ import annotations

import base64
import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING

from corral_core.cli.page.charts import chart_data, packed
from corral_core.cli.page.figures import partitions
from corral_core.cli.page.findings import findings, skew_text
from corral_core.cli.page.tables import Tables
from corral_core.cli.page.timeline import Timeline
from corral_core.cli.units import bytes_text, count_text, seconds_text

if TYPE_CHECKING:
    from corral_core.report.api import Report

__all__ = ["page_of"]

_MILLISECONDS = 0.0995
"""Seconds below which times are told in them."""

_ASSETS = Path(__file__).parent / "assets"
_SCRIPTS = ("units", "data", "canvas", "view", "tip", "lanes", "walk", "strips", "bars", "main")


def page_of(report: Report) -> str:
    """The page of a report."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    style = _asset("page.css")
    script = '"use strict";\n' + "\n".join(_asset(f"{name}.js") for name in _SCRIPTS)
    names = {phase.stage: phase.name for phase in report.phases}
    timeline = Timeline(report)
    parts = partitions(report, timeline)
    environment = Environment(
        loader=FileSystemLoader(_ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"bytes": bytes_text, "count": count_text, "seconds": _duration, "date": _date}
    return environment.get_template("page.html.j2").render(
        report=report,
        title=" → ".join(name for _, name in sorted(names.items())) or "run",
        tables=Tables(report, timeline),
        findings=findings(report, timeline, parts),
        parts=[(part, skew_text(part)) for part in parts if part.numbers],
        data=packed(chart_data(report, timeline, parts)),
        policy=_policy(style, script),
        style=style,
        script=script,
    )


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """A content security policy: this style and this script run, and nothing else loads or runs."""
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src '{_digest(style)}'",
            f"script-src '{_digest(script)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"


def _duration(seconds: float) -> str:
    """Like a summary's, but for tasks of milliseconds, which a report sets side by side."""
    return f"{1000 * seconds:.2g} ms" if 0 < seconds < _MILLISECONDS else seconds_text(seconds)


def _date(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(moment))
