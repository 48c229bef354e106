"""Fault types, links and the nemesis that injects and heals."""
