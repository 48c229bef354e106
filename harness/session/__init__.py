"""One scenario on one cluster."""
