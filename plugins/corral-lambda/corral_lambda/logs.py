"""A run's lines among those of everybody else in a function's log group.

Each execution environment has a log stream and works on one invocation at a time. So what stands in a stream between
START and REPORT is one invocation's, and belongs to the run whose id the worker wrote in there; a mapper's own prints
with it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["of_run", "run_lines"]

_STREAMS = 100
"""What FilterLogEvents takes in one request, by its API reference as of November 2026."""
_START_BEFORE = 15 * 60 * 1000
"""Milliseconds. An invocation's first line is at most its longest time-out before any other."""


def run_lines(client: Any, function: str, run: str) -> Iterator[str]:
    """The lines of a run, stream by stream.

    :param client: boto3's for CloudWatch Logs.
    """
    group = f"/aws/lambda/{function}"
    began = datetime.strptime(run[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    since = int(began.timestamp() * 1000)
    marked = _events(client, logGroupName=group, startTime=since, filterPattern=f'"corral run {run}"')
    ours = [event for event in marked if _mark(run) in event["message"]]
    if not ours:
        return
    streams = sorted({event["logStreamName"] for event in ours})
    until = max(event["timestamp"] for event in ours) + _START_BEFORE
    for start in range(0, len(streams), _STREAMS):
        some = _events(
            client,
            logGroupName=group,
            logStreamNames=streams[start : start + _STREAMS],
            startTime=since - _START_BEFORE,
            endTime=until,
        )
        # A stable sort: within a stream events come in order.
        for _, events in groupby(sorted(some, key=_stream), key=_stream):
            yield from map(_line, of_run(events, run))


def of_run(events: Iterable[dict[str, Any]], run: str) -> Iterator[dict[str, Any]]:
    """Those events of one stream that belong to invocations of a run."""
    invocation: list[dict[str, Any]] = []
    for event in events:
        if event["message"].startswith("START RequestId:"):
            yield from _if_ours(invocation, run)
            invocation = []
        invocation.append(event)
        if event["message"].startswith("REPORT RequestId:"):
            yield from _if_ours(invocation, run)
            invocation = []
    yield from _if_ours(invocation, run)


def _if_ours(invocation: list[dict[str, Any]], run: str) -> list[dict[str, Any]]:
    return invocation if any(_mark(run) in event["message"] for event in invocation) else []


def _mark(run: str) -> str:
    return f"corral run {run},"


def _stream(event: dict[str, Any]) -> str:
    return str(event["logStreamName"])


def _line(event: dict[str, Any]) -> str:
    time = datetime.fromtimestamp(event["timestamp"] / 1000, UTC).strftime("%H:%M:%S")
    return f"{time} {_stream(event)[-8:]} {event['message'].rstrip()}"


def _events(client: Any, **arguments: Any) -> list[dict[str, Any]]:
    try:
        pages = client.get_paginator("filter_log_events").paginate(**arguments)
        return [event for page in pages for event in page["events"]]
    except client.exceptions.ResourceNotFoundException:  # the function never ran
        return []
