"""Ray Workflow's virtual actors, which Ray had up to 1.13: durable by a log of their steps, not by a process."""
