"""Actors that a change of the table does not touch."""
