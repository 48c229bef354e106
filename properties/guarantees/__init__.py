"""One module a guarantee, or one folder where it needs more."""
