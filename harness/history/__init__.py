"""What happened in a run: events, the journal that keeps them, and merge."""
