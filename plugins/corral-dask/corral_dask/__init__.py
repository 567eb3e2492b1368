"""The ``dask`` executor of corral: tasks on a cluster of Dask's.

Worker processes import this package too, so this file imports nothing; the hooks are in ``plugin.py``.
"""
