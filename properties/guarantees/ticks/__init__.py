"""Guarantees about reminders and timers."""
