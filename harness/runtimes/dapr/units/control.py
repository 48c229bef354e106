"""What placement and scheduler have in common: a part of the control plane, ready when its health port says so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from actorproof.harness.cluster import ask
from actorproof.harness.cluster.blueprint import Address, UnitSpec


def control(
    *, name: str, program: str, argv: Sequence[str], cwd: Path, listens: tuple[Address, ...], health: Address
) -> UnitSpec:
    """The replica `name` of `program`, which listens at `listens` and says at `health` how it is."""
    return UnitSpec(
        name=name,
        role="control",
        program=program,
        argv=tuple(argv),
        env=(("NAMESPACE", "default"),),
        cwd=cwd,
        listens=listens,
        # The replicas agree among themselves; whoever needs their leader waits for it by itself.
        ready=ask.answers(health, "/healthz"),
    )
