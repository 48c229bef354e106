"""The command `list`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from actorproof.harness.cli.output import table
from actorproof.harness.faults.registry import kinds
from actorproof.scenarios.registry import scenarios


def list_(*, faults: Annotated[bool, Parameter(negative=(), help="List the kinds of faults instead.")] = False) -> int:
    """List the scenarios, or with --faults the kinds of faults."""
    print(_faults() if faults else _scenarios())
    return 0


def _scenarios() -> str:
    return table(
        ("scenario", "what it does", "guarantees"),
        [(name, found.summary, ", ".join(found.guarantees)) for name, found in scenarios().items()],
    )


def _faults() -> str:
    return table(
        ("fault", "on", "what it does", "parameters"),
        [
            (kind.verb, kind.strikes, kind.what, ", ".join(f"{p.name}={p.default}" for p in kind.parameters))
            for kind in kinds().values()
        ],
    )
