"""Kinds of faults on units and hosts."""
