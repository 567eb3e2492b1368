"""A Google Cloud on your own machine, for tests and for a look at ``--executor gcf`` without an account.

::

    with LocalGcp("data") as gcp, gcp.environment():
        gcp.put("gs://data/in.txt", b"to be or not to be")      # fake-gcs-server
        subprocess.run(["corral", "--executor", "gcf", ...])    # a stand-in control plane; functions-framework

Nothing in a program needs to know: Cloud Storage's clients follow ``STORAGE_EMULATOR_HOST``, google-auth follows
``GOOGLE_APPLICATION_CREDENTIALS``, and the plugin follows the variables with which gcloud is sent elsewhere. It runs on
Linux. Install it with ``pip install 'corral-gcf[testing]'``; pytest fixtures are in :mod:`corral_gcf.testing.fixtures`.

What differs from Google's: the control plane is ours, builds install nothing but Google's framework, Cloud Storage
checks no token, one interpreter (this one) serves all functions, and their temporary files lie in ``$TMPDIR``.
"""

from __future__ import annotations

from corral_core.testing.invoke_faults import InvokeFault, InvokeFaults
from corral_gcf.testing.calls import Call
from corral_gcf.testing.local_gcp import LocalGcp

__all__ = ["Call", "InvokeFault", "InvokeFaults", "LocalGcp"]
