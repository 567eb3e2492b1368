"""What S3 bills for requests. Never compared with a real invoice."""

from __future__ import annotations

from corral_core.prices import Price, PriceTable

__all__ = ["BILLED", "PRICES"]

PRICES = PriceTable(
    place="S3 Standard in us-east-1",
    date="2025",
    source="https://aws.amazon.com/s3/pricing/",
    prices={
        "s3.put": Price(0.000005, "PUT-class requests"),
        "s3.get": Price(0.0000004, "GET-class requests"),
    },
)

BILLED = {
    "PUT": "s3.put",
    "PART": "s3.put",
    "UPLOAD": "s3.put",
    "LIST": "s3.put",
    "GET": "s3.get",
    "HEAD": "s3.get",
}
