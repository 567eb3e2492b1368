"""The ``gcf`` executor of corral: tasks run as Google Cloud Functions, data lies in Cloud Storage.

Functions import this package too, so this file imports nothing; the hooks are in ``plugin.py``.
"""
