"""Lambda's limits, from its developer guide's "Lambda quotas" and "Lambda runtimes" as of November 2026."""

from __future__ import annotations

__all__ = ["CODE_BYTES", "DIRECT_BYTES", "MEMORY_MB", "PAYLOAD_BYTES", "PYTHONS", "SECONDS", "STORAGE_MB"]

PAYLOAD_BYTES = 6_291_556
"""Of an event or of its answer, when the caller waits for it: 6 MiB and a hundred bytes."""

DIRECT_BYTES = 50 * 2**20
"""Of a zip that travels within the request; a larger one goes through S3."""

CODE_BYTES = 250 * 2**20
"""Of a function's code, unpacked."""

MEMORY_MB = (128, 10_240)
SECONDS = (1, 900)
STORAGE_MB = (512, 10_240)
"""Of ``/tmp``."""

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""Runtimes that Lambda offers, of the Pythons that corral runs on."""
