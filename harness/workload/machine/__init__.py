"""The state machine: what Hypothesis draws, step by step."""
