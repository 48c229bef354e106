"""Kinds of faults on links."""
