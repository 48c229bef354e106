"""What to try: one scenario a file."""
