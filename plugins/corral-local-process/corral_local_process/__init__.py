"""The ``local-process`` executor of corral: a pool of worker processes on this machine.

Worker processes import this package too, so this file imports nothing; the hooks are in ``plugin.py``.
"""
