"""A load of a user's own: a program that calls, in place of our clients."""
