"""The guarantee `timers`."""
