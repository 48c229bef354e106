"""Planted bugs: one file each, in which one class derives from a part of the runtime and does one step of it wrong.

The file's name is the bug's. The class's docstring says in its first line what is wrong, and then which promise that
breaks, and how. A bug that drawn plans hardly ever show names in `SCENARIO` the scenario that does, or the scene (see
harness/mutation/scenes.py). Folders are only for the reader. `planting` finds every file here; nothing else has a list
of them.
"""
