"""Which log of commits a deployment's store keeps."""

from __future__ import annotations

from actorproof.harness.drivers.port import Commits
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock
from actorproof.harness.runtimes.dapr.plan import Deployment
from actorproof.harness.stores.auditlog import AuditLog
from actorproof.harness.stores.storelog import StoreLog


def commits_of(deployment: Deployment, journal: Journal, clock: Clock) -> Commits:
    """What follows the store of a deployment."""
    ends = deployment.endpoints
    if deployment.topology.store == "postgres":
        return AuditLog(ends.store, journal, clock)
    return StoreLog(ends.store_log, journal, clock, store=ends.store)
