"""Ray Workflow, as the Runtime port wants it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from actorproof.harness.cluster.topology import StoreName
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.traits import READERS_BESIDE_WRITERS, SIDECARS_HAND_OVER, SLOTS
from actorproof.harness.ports import Clock
from actorproof.harness.runtimes.port import Commits, Deployable
from actorproof.harness.runtimes.ray_cluster.base import OnRay
from actorproof.harness.runtimes.ray_cluster.plan import CPUS, Kind, Plan
from actorproof.harness.runtimes.ray_cluster.python import Recipe
from actorproof.harness.runtimes.ray_workflow.promises import PROMISES
from actorproof.harness.runtimes.ray_workflow.steps import Steps


class RayWorkflow(OnRay):
    """Virtual actors whose steps are kept in a folder on disk."""

    name = "ray-workflow"
    title = "Ray Workflow"
    store: ClassVar[StoreName] = "files"
    promises = PROMISES
    mechanisms: ClassVar[Path] = Path(__file__).with_name("mechanisms.toml")
    # The GCS takes a node for dead after so many heartbeats, of a second each, that it missed.
    kind = Kind(calls="workflow", config={"num_heartbeats_timeout": 10})
    recipe = Recipe(version="1.13.0", python=(3, 10), packages=("ray==1.13.0", "numpy<2", "pyarrow==8.0.0"))
    # A node runs no more steps at once than it has processors, those that wait for their actor's last step included:
    # the raylet caps the workers of one kind of task (its worker_cap_enabled).
    own_traits = (READERS_BESIDE_WRITERS, SIDECARS_HAND_OVER, f"{SLOTS}{CPUS}")

    def follow(self, made: Plan, journal: Journal, clock: Clock) -> Commits:
        """See the base: the storage folder."""
        return Steps(made.storage, journal, clock)


RUNTIME: Deployable = RayWorkflow()
