"""Guarantees about where actors live: one activation, one owner, and how they come and go."""
