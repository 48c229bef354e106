"""Which log of commits a deployment's store keeps."""

from __future__ import annotations

from actorproof.harness.components.plan import Deployment
from actorproof.harness.driver.port import Commits
from actorproof.harness.history.auditlog import AuditLog
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.storelog import StoreLog
from actorproof.harness.ports import Clock


def commits_of(deployment: Deployment, journal: Journal, clock: Clock) -> Commits:
    """What follows the store of a deployment."""
    ends = deployment.endpoints
    if deployment.topology.store == "postgres":
        return AuditLog(ends.store, journal, clock)
    return StoreLog(ends.store_log, journal, clock, store=ends.store)
