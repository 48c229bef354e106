"""Actorproof: a testing and chaos harness for the guarantees of virtual-actor runtimes."""

__version__ = "0.1.0"
