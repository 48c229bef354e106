"""A virtual-actor runtime in memory, in virtual time, deterministic from one seed."""
