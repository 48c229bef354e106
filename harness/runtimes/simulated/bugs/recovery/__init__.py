"""Hosts, stores and replicas that do not come back."""
