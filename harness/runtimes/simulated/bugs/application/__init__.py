"""Bugs that break `application`."""
