"""Runs a contract suite over a plugin that is installed: the inside of ``corral plugin check``."""
