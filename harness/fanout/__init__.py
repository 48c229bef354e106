"""Fan-out: one function over many tasks, in processes of this machine or on a Ray cluster; each task counts once."""
