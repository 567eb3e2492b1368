"""Limits of Cloud Functions (second generation) and of Cloud Run, which serves them, as of November 2026:
https://cloud.google.com/functions/quotas, https://cloud.google.com/run/quotas and the page of runtimes."""

from __future__ import annotations

__all__ = ["CPUS", "INSTANCES", "MEMORY_MB", "PAYLOAD_BYTES", "PYTHONS", "SECONDS"]

PAYLOAD_BYTES = 32 * 2**20 - 2**14
"""Of a request or a response over HTTP/1: 32 MiB, with room for the headers."""

MEMORY_MB = (128, 32_768)
SECONDS = (1, 3600)
INSTANCES = (1, 1000)
CPUS = (0.083, 8.0)
"""Of a processor; below 1 an instance serves one request at a time, as it does here anyway."""

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""Runtimes that Cloud Functions offers, of the Pythons that corral runs on."""
