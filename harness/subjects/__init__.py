"""The actors that we ship, their hosts, and the witness."""
