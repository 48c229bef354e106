"""Linearizability: whether operations with real-time intervals fit a sequential model.

`check` judges many objects, `search` one; `jepsen` reads other people's histories.
"""
