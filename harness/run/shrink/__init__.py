"""Shrink: a recorded run made small, by running less and less of it as long as its cause comes back."""
