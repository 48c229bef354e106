"""Kinds of faults on machines, where the driver has such."""
