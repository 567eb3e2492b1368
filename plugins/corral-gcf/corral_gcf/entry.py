"""A function's ``main.py``. The code beside it comes before what Google's build installed."""

import os
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  (pathlib is not needed otherwise)
sys.path.insert(0, ROOT)
os.environ["CORRAL_CODE_ROOT"] = ROOT

from corral_gcf.handler import main  # noqa: E402  (found by the lines above)

__all__ = ["main"]
