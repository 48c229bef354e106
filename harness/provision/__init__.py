"""Where the programs that a cluster is made of come from."""
