"""Ownership: whether turns of an actor may begin here, by the tables that there are (see `placement`)."""

from __future__ import annotations

from collections.abc import Callable

from actorproof.harness.runtimes.simulated.session import Session
from actorproof.harness.runtimes.simulated.sidecar.calls import Call
from actorproof.harness.runtimes.simulated.table import Table


class Ownership:
    """The tables as this host knows them.

    Attributes:
        table: the newest one in force that it has.
        before: the one before that, until new owners may begin: others may have its actors still.
        coming: the one that is being disseminated; what it moves away is locked.
    """

    def __init__(self, *, host: str, session: Session, changed: Callable[[], None]) -> None:
        self.table: Table | None = None
        self.before: Table | None = None
        self.coming: Table | None = None
        self._host = host
        self._session = session
        self._changed = changed

    @property
    def version(self) -> int:
        """Of the table; 0 when there is none."""
        return self.table.version if self.table is not None else 0

    @property
    def agrees_on(self) -> int:
        """The version of the table that this host goes by; 0 while it is being changed."""
        return self.version if self.coming is None and self.before is None else 0

    @property
    def ready(self) -> bool:
        """Whether this host stands in the table in force and may serve."""
        return self._session.alive and self.table is not None and self._listed(self.table)

    # ---- steps

    def owner(self, call: Call, table: Table) -> str | None:
        """The host that a table has for a call: its actor's."""
        return table.owner(call.actor)

    def in_force(self) -> tuple[Table | None, ...]:
        """The tables that must all have an actor here, so that a turn of it may begin."""
        return self.table, self.before, self.coming

    # ---- what follows from them

    def owns(self, call: Call) -> bool:
        """Whether a turn may begin here."""
        if not self._session.alive or self.table is None:
            return False
        return all(
            table is None or (self._listed(table) and self.owner(call, table) == self._host)
            for table in self.in_force()
        )

    def keeps(self, actor: str, table: Table) -> bool:
        """Whether an actor stays here under a new table."""
        return self._listed(table) and table.owner(actor) == self._host

    def install(self, table: Table, *, locked: bool) -> None:
        """Go by a table that is in force; with `locked`, actors that moved here wait for `unlock`."""
        if self.table is not None and table.version <= self.table.version:
            return
        self.before = self.table if locked else None
        self.table = table
        if self.coming is not None and self.coming.version <= table.version:
            self.coming = None
        self._changed()

    def prepare(self, table: Table) -> bool:
        """Lock what a coming table moves away; false when a newer one is coming."""
        if self.coming is None or self.coming.version < table.version:
            self.coming = table
        return self.coming.version <= table.version

    def unlock(self) -> None:
        """Whoever had the actors of this table before has given them back."""
        self.before = None

    def end_session(self) -> None:
        """Nothing is locked any more: there is nothing to serve."""
        self.coming = self.before = None

    def _listed(self, table: Table) -> bool:
        return table.hosts.get(self._host) == self._session.number
