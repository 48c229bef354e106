"""Causes: what led to violations, over all guarantees, by links that the history holds."""
