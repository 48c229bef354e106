"""Deployed: what a session needs of a Ray cluster beside its units."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from actorproof.harness.clock import SystemClock
from actorproof.harness.cluster.blueprint import Blueprint
from actorproof.harness.cluster.http import HttpTransport
from actorproof.harness.cluster.port import Volumes, Workers
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock, Transport
from actorproof.harness.runtimes.port import Commits, View
from actorproof.harness.runtimes.ray_cluster.plan import Plan
from actorproof.harness.runtimes.ray_cluster.view import Nodes
from actorproof.harness.runtimes.ray_cluster.volume import Folder
from actorproof.harness.runtimes.ray_cluster.workers import Processes


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """Implements `actorproof.harness.runtimes.port.Deployed`; `follow` makes what follows its storage."""

    plan: Plan
    follow: Callable[[Plan, Journal, Clock], Commits]

    @property
    def blueprint(self) -> Blueprint:
        """See the port."""
        return self.plan.blueprint

    @property
    def volumes(self) -> Volumes | None:
        """See the port: the storage folder, where the cluster has one."""
        return Folder(self.plan.storage, self.plan.drivers) if self.plan.kept else None

    @property
    def workers(self) -> Workers:
        """See the port: Ray's own, which it starts and ends."""
        return Processes(self.plan.witnesses, SystemClock())

    def view(self, journal: Journal, clock: Clock) -> AbstractAsyncContextManager[View]:
        """See the port."""
        return Nodes(self.plan, journal, clock)

    def transport(self) -> Transport:
        """See the port."""
        return HttpTransport(self.plan.drivers)

    def commits(self, journal: Journal, clock: Clock) -> Commits:
        """See the port."""
        return self.follow(self.plan, journal, clock)
