"""Agreed: what placement's replicas agreed upon: the table, the hosts that there are to be, and their leases."""

from __future__ import annotations

from dataclasses import dataclass

from actorproof.harness.runtimes.simulated.table import Ring, Table
from actorproof.harness.simulation.loop import VirtualLoop

LEASE_S = 3.0
_LEASE_NS = round(LEASE_S * 1e9)


@dataclass(slots=True)
class HostLease:
    """A host's session, and until when it may serve actors."""

    session: int
    until_ns: int


class Agreed:
    """One object that outlives all replicas, as a replicated log on disk does.

    Attributes:
        table: the table in force.
        proposed: the table that is being disseminated; the one in force when none is.
        wanted: the hosts that there are to be, with their sessions.
        leases: the last lease of every host.
    """

    def __init__(self, *, ring: Ring, loop: VirtualLoop) -> None:
        self.table = self.proposed = Table(version=0, hosts={}, ring=ring)
        self.wanted: dict[str, int] = {}
        self.leases: dict[str, HostLease] = {}
        self._ring = ring
        self._loop = loop

    def propose(self) -> Table:
        """A new table, of the hosts that are wanted."""
        self.proposed = Table(version=self.proposed.version + 1, hosts=dict(self.wanted), ring=self._ring)
        return self.proposed

    def lease(self, host: str, session: int) -> HostLease:
        """A host's lease; a new one when this session is newer than the last.

        The host's application has no turn of an older session any more: that is asked before a session begins.
        """
        lease = self.leases.get(host)
        if lease is None or lease.session < session:
            lease = self.leases[host] = HostLease(session, 0)
        return lease

    # ---- steps

    def renew(self, lease: HostLease) -> None:
        """A host may serve actors a while longer."""
        lease.until_ns = self._loop.now_ns + _LEASE_NS

    def expired(self, lease: HostLease) -> bool:
        """Whether a host has stopped serving actors by itself."""
        return lease.until_ns <= self._loop.now_ns

    def leave(self, host: str, session: int) -> bool:
        """A host asks to be left out; whether no table has it any more."""
        if self.wanted.get(host) == session:
            del self.wanted[host]
        return host not in self.table.hosts and host not in self.proposed.hosts

    def may_serve(self, host: str, session: int) -> bool:
        """Whether a host's session may still serve actors."""
        lease = self.leases.get(host)
        return lease is not None and lease.session == session and not self.expired(lease)

    def strike_out(self) -> None:
        """Hosts that may not serve actors any more are not wanted either."""
        for host in [host for host, session in self.wanted.items() if not self.may_serve(host, session)]:
            del self.wanted[host]
