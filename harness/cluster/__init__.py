"""The Cluster port and the drivers behind it."""
