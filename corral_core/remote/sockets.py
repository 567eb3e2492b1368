"""Connections on which nothing moves for as long as a function runs."""

from __future__ import annotations

import socket
from typing import Any

__all__ = ["kept_alive"]

_IDLE_SECONDS = 60


def kept_alive(address: Any) -> socket.socket:
    """A socket, for aiohttp, that asks now and then whether the other end is there: gateways forget a silent connection
    within minutes (350 s for AWS's own, 600 s for Google's, as of November 2026)."""
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):  # not on macOS
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _IDLE_SECONDS)
    return made
