"""What all test suites of this repository share: the signals that their processes start with."""

from __future__ import annotations

import signal

# A shell starts what it runs in the background with SIGINT ignored, and every process below inherits that, down to the
# drivers that tests interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
