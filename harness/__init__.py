"""Runs things: clusters, faults, workload, history."""
