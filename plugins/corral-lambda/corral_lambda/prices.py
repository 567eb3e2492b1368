"""What Lambda bills. Never compared with a real invoice.

The first tier, without Savings Plans and without the free tier. ``/tmp`` is free up to 512 MB.
"""

from __future__ import annotations

from corral_core.prices import Price, PriceTable

__all__ = ["CORE_MB", "FREE_STORAGE_MB", "GB_SECOND", "PRICES"]

PRICES = PriceTable(
    place="AWS Lambda in us-east-1",
    date="2025",
    source="https://aws.amazon.com/lambda/pricing/",
    prices={
        "lambda.gb-second": Price(0.0000166667, "GB-seconds"),
        "lambda.arm-gb-second": Price(0.0000133334, "GB-seconds on arm64"),
        "lambda.storage-gb-second": Price(0.0000000309, "GB-seconds of /tmp"),
        "lambda.request": Price(0.0000002, "requests"),
    },
)

GB_SECOND = {"x86_64": "lambda.gb-second", "arm64": "lambda.arm-gb-second"}
FREE_STORAGE_MB = 512

CORE_MB = 1769
"""Memory with which a whole processor comes: Lambda's developer guide, "Configure Lambda function memory"."""
