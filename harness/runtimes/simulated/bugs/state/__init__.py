"""Saves that are lost, late, torn or read too late."""
