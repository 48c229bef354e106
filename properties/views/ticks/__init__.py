"""Views of reminders and timers: when each was due, and what came of it."""
