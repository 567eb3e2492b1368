"""What Cloud Run bills for functions, paid by request in a tier 1 region. Never compared with a real invoice."""

from __future__ import annotations

from corral_core.prices import Price, PriceTable

__all__ = ["PRICES", "ROUNDED_SECONDS", "processors"]

PRICES = PriceTable(
    place="Cloud Run functions, request-based billing in us-central1",
    date="2025",
    source="https://cloud.google.com/run/pricing",
    prices={
        "gcf.vcpu-second": Price(0.000024, "vCPU-seconds"),
        "gcf.gib-second": Price(0.0000025, "GiB-seconds"),
        "gcf.request": Price(0.0000004, "requests"),
    },
)

ROUNDED_SECONDS = 0.1
"""To whole multiples of which a request's time is rounded up."""

_PROCESSORS = {128: 0.083, 256: 0.167, 512: 0.333, 1024: 0.583, 2048: 1, 4096: 2, 8192: 2, 16384: 4, 32768: 8}
"""By MiB of memory, where nobody chose: https://cloud.google.com/functions/docs/configuring/memory, 2025."""


def processors(memory: int, chosen: float | None) -> float:
    """Of an instance with so many MiB; between two sizes of Google's table, those of the larger."""
    if chosen is not None:
        return chosen
    return _PROCESSORS[min(size for size in _PROCESSORS if size >= memory)]
