"""Bugs planted in the simulated runtime, and which of them are found."""
