"""Plain Ray actors, as the Runtime port wants them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from actorproof.harness.cluster.topology import StoreName
from actorproof.harness.history.info import Promise
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.traits import SIDECARS_HAND_OVER, STATE_IN_MEMORY
from actorproof.harness.ports import Clock
from actorproof.harness.runtimes.port import Commits, Deployable
from actorproof.harness.runtimes.ray_cluster.base import OnRay
from actorproof.harness.runtimes.ray_cluster.plan import Kind, Plan
from actorproof.harness.runtimes.ray_cluster.python import Recipe


class NoStore:
    """Implements `actorproof.harness.runtimes.port.Commits` where nothing is kept: there is nothing to journal."""

    async def run(self) -> None:
        """See the port."""
        await asyncio.Event().wait()

    async def finish(self) -> None:
        """See the port."""

    def drain(self) -> None:
        """See the port."""


class PlainRay(OnRay):
    """Actors that live in one process each and are started again, empty, when it dies.

    Durability is none of Ray's promises for them; it is judged all the same, since a judge that does not see it broken
    here sees nothing.
    """

    name = "ray"
    title = "Ray's plain actors"
    store: ClassVar[StoreName] = "memory"
    promises: ClassVar[Mapping[str, Promise]] = {
        "turns": Promise(
            sentence="An actor that is no asyncio and no threaded one executes one method at a time.",
            source="Ray's documentation, actors",
            evidence={"contended_turns": 20, "kills": 1},
        ),
        "durability": Promise(
            sentence="None: an actor's state is its process's memory. It is judged as if it were durable.",
            source="Ray's documentation, fault tolerance of actors",
            evidence={"acknowledged_saves": 20, "final_reads": 2},
        ),
        "parallelism": Promise(
            sentence="Actors run in processes of their own.",
            source="Ray's documentation, actors",
            evidence={"inside": 1},
        ),
        "recovery": Promise(
            sentence="An actor is started again when its process dies, as often as max_restarts says.",
            source="Ray's documentation, fault tolerance of actors",
            evidence={"recoveries_host": 1},
        ),
    }
    mechanisms: ClassVar[Path] = Path(__file__).with_name("mechanisms.toml")
    own_traits = (SIDECARS_HAND_OVER, STATE_IN_MEMORY)
    kind = Kind(calls="actor", config={})
    recipe = Recipe(version="2.60.0", python=sys.version_info[:2], packages=("ray==2.60.0",))

    def follow(self, made: Plan, journal: Journal, clock: Clock) -> Commits:  # noqa: ARG002 - it keeps nothing
        """See the base."""
        return NoStore()


RUNTIME: Deployable = PlainRay()
