"""Actors on the wrong hosts, and replicas that do not lead."""
