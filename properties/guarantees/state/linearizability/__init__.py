"""The guarantee `linearizability`."""
