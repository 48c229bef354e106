"""Guarantees about turns: how many at a time, in which order, and who may enter."""
