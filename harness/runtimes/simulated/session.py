"""Session: a host's time in the cluster: it begins with its application's consent and ends with its lease."""

from __future__ import annotations

from actorproof.harness.runtimes.simulated.lease import Lease


class Session:
    """The session that there is; `number` is 0 when there is none.

    Attributes:
        lease: what placement granted this host.
        app_lease: as much of it as the application has been told.
    """

    def __init__(self, *, lease: Lease, app_lease: Lease) -> None:
        self.number = 0
        self.lease = lease
        self.app_lease = app_lease

    @property
    def alive(self) -> bool:
        """Whether turns may begin here, as far as the leases go."""
        return bool(self.number) and not self.lease.over and not self.app_lease.over

    @property
    def lapsed(self) -> bool:
        """Whether a lease that was granted has ended."""
        return self.lease.granted and self.lease.over

    def end(self) -> None:
        """There is none any more."""
        self.number = 0
        self.lease.end()
        self.app_lease.end()
