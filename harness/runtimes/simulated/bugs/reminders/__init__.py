"""Reminders that come early, never, again or without their data."""
