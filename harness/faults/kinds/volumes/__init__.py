"""Kinds of faults on volumes, where the runtime has such."""
