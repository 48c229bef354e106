"""Hosts that are lost, and whose actors others have to serve."""
