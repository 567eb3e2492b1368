"""What Cloud Storage bills for operations. Never compared with a real invoice."""

from __future__ import annotations

from corral_core.prices import Price, PriceTable

__all__ = ["BILLED", "PRICES"]

PRICES = PriceTable(
    place="Cloud Storage, standard class in us-central1",
    date="2025",
    source="https://cloud.google.com/storage/pricing",
    prices={
        "gcs.class-a": Price(0.000005, "class A operations"),
        "gcs.class-b": Price(0.0000004, "class B operations"),
    },
)

BILLED = {
    "PUT": "gcs.class-a",
    "UPLOAD": "gcs.class-a",
    "LIST": "gcs.class-a",
    "GET": "gcs.class-b",
    "HEAD": "gcs.class-b",
}
"""Without the chunks of an upload: by the JSON API it is one operation, however many they are."""
