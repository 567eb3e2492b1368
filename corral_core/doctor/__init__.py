"""What ``corral doctor`` looks at.

::

    examination.py ─┬─ installation.py   Python, corral, plugins
                    ├─ configuration.py  rc files and variables
                    ├─ machine.py        memory, files, disks
                    └─ asking.py         Executor.diagnose() and Storage.diagnose(), each with a time limit
"""
