"""Guarantees about what actors save and read."""
