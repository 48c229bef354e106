"""Bugs that break `parallelism`."""
