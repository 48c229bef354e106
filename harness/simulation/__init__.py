"""What simulated programs run on: virtual time, a network, processes."""
