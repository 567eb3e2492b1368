"""The ``lambda`` executor of corral: tasks run as AWS Lambda functions, data lies in S3.

Functions import this package too, so this file imports nothing; the hooks are in ``plugin.py``.
"""
