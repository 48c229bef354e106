"""Decides: pure functions from a history to verdicts."""
