"""Clients, strategies and the Hypothesis state machine."""
