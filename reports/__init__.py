"""Tells people: HTML, JUnit, JSON and Markdown."""
