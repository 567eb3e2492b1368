"""The record of a run: what its driver saw of every attempt, in one file of the working location."""
