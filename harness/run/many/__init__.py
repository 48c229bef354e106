"""Many: what is asked of several runs at once, from their folders."""
