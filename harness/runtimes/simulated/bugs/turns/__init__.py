"""Two turns or two instances at once, or calls out of their order."""
