"""Timers that come early, never, too long or without their data."""
