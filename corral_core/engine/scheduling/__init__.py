"""The parts of the scheduler, each a small state of its own; ``engine/scheduler.py`` puts them together."""
