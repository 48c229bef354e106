"""Guarantees about faults: what goes on while one lasts, and what comes back after it."""
