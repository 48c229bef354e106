"""Chains of calls that deadlock, or let in what is not theirs."""
