"""Bugs that break `readers`."""
