"""What plugins' authors test with: the contracts as suites (:mod:`~corral_core.testing.executors`,
:mod:`~corral_core.testing.storages`, :mod:`~corral_core.testing.formats`), and real tasks without a driver
(:mod:`~corral_core.testing.jobs`). The other modules are the means of corral's own tests, and may change at any time.
"""

from __future__ import annotations

import sys

_SUITES = ("executors", "formats", "storages")

# Pytest shows the values of a failed comparison in modules that it was told of before they are imported.
if "pytest" in sys.modules:
    sys.modules["pytest"].register_assert_rewrite(*(f"{__name__}.{suite}" for suite in _SUITES))
