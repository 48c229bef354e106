"""Bugs that break `lifecycle`."""
