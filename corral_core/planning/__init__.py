"""What a run would do, take and cost, before it runs: ``corral plan``.

::

    Setup ──trial.py, if a sample is wanted──> Scenario low, Scenario high ──outlook.py──> two Outlooks ──> Plan
"""
