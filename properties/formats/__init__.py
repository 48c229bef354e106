"""Histories that others recorded."""
