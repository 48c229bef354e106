"""The composition root: runs scenarios, judges them, and keeps what they left."""
