"""Deployed: what a session needs of a cluster of Dapr beside its units."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from actorproof.harness.cluster.blueprint import Blueprint
from actorproof.harness.cluster.http import HttpTransport
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock, Transport
from actorproof.harness.runtimes.dapr.census import Census
from actorproof.harness.runtimes.dapr.plan import Deployment
from actorproof.harness.runtimes.port import Commits, View
from actorproof.harness.stores.auditlog import AuditLog
from actorproof.harness.stores.storelog import StoreLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """Implements `actorproof.harness.runtimes.port.Deployed`."""

    deployment: Deployment

    @property
    def blueprint(self) -> Blueprint:
        """See the port."""
        return self.deployment.blueprint

    @property
    def volumes(self) -> None:
        """See the port: its stores are units."""
        return None

    @property
    def workers(self) -> None:
        """See the port: its applications are units."""
        return None

    def view(self, journal: Journal, clock: Clock) -> AbstractAsyncContextManager[View]:
        """See the port."""
        return Census(self.deployment, journal, clock)

    def transport(self) -> Transport:
        """See the port."""
        return HttpTransport(self.deployment.endpoints.sidecar_http)

    def commits(self, journal: Journal, clock: Clock) -> Commits:
        """See the port."""
        ends = self.deployment.endpoints
        if self.deployment.topology.store == "postgres":
            return AuditLog(ends.store, journal, clock)
        return StoreLog(ends.store_log, journal, clock, store=ends.store)
