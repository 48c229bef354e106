"""A cluster that stays, for faults and load by hand: its keeper, and how commands find and ask it."""
