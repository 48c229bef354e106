"""Actors that move while their turns are open."""
