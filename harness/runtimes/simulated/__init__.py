"""A virtual-actor runtime in memory, correct but for the bugs that are planted in it."""
