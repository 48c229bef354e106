"""Actorproof's pytest plugin: it is there wherever Actorproof is installed."""
