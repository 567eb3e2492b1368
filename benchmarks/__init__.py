"""corral beside its peers: the same work, the same input, in turn. Run it with ``python -m benchmarks --help``.

::

    data.py ──> inputs ──> workloads/: what is done, and by whom (contenders.py, jobs/, peers/)
                                 │
                                 ▼
                 runner.py: rounds in turn (measure.py), answers compared (answers.py)
                                 │
                                 ▼
                 report.py: medians, ratios, peaks; limits.py: what was promised
"""
