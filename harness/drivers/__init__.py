"""Drivers: each brings a topology to life, behind one port."""
