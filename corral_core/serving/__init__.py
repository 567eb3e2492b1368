"""Processes that run one task after another for a parent on their machine, and end with it: what executors that start
such processes have in common."""
