"""The command `list`."""

from __future__ import annotations

from actorproof.harness.cli.output import table
from actorproof.scenarios.registry import scenarios


def list_() -> int:
    """List the scenarios."""
    print(
        table(
            ("scenario", "what it does", "guarantees"),
            [(name, found.summary, ", ".join(found.guarantees)) for name, found in scenarios().items()],
        )
    )
    return 0
