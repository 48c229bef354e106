"""What breaks only where many actors are there at once."""
