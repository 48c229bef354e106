"""A run as pandas frames, and as files that other tools open."""
