"""Plural: a number with its noun, for every text that people read."""

from __future__ import annotations


def some(count: int, one: str, many: str = "") -> str:
    """A number with its noun: ``1 fault``, ``1,200 faults``; `many` is the plural where an s does not make it."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
