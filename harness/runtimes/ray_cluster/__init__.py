"""A Ray cluster whose hosts are a node and a driver each; what its actors are, `ray` and `ray_workflow` say."""
