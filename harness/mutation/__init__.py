"""Mutation: whether the checkers find bugs that are planted in the simulated runtime, and nothing without one.

`hunt` looks for the plan that shows a bug (`directed` where only one scenario does), `alarm` tries a seed without any,
`trial` is one run of either, `workers` does many at once, and `campaign` counts. All of it belongs to the composition
root: it knows harness and properties.
"""
