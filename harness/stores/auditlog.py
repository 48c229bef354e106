"""AuditLog: follows PostgreSQL's audit table during a run and journals each commit with bounds in time.

A trigger writes every change of an actor's row to the table, in the same transaction, so a row of it is visible exactly
when its commit is. Each look is one statement, and so one snapshot: it takes what this snapshot sees and the one of the
look before did not. Hence:

- A commit that a look found happened before its answer was here.
- A commit that a look did not find happened after the look was asked for. The next look's commits are bounded below by
  that instant. It holds whatever is stopped or slow, since the bound is moved only by a whole answer.

A commit is visible only when it is on the disk, so what was seen stays. After a crash a commit may be there that nobody
had seen before; and the number of a transaction that left no trace may be given out again, which is why everything
above the highest number seen is taken, too, whatever the last snapshot says.

Within one look, transactions stand in the order of their last row. Transactions that wrote the same key are then in the
order of their commits, since the second could write its row only when the first had ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.history.events import StoreCommitted, StoreLogBroken, StoreWrite
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock
from actorproof.harness.stores.actorkey import actor_key
from actorproof.harness.stores.postgres_client import Connection, PostgresError, Row, Value

POLL_S = 0.02
ANSWER_S = 2.0
FINISH_S = 15.0
LEAVE_S = 3.0
# SQLSTATE classes of a server that starts, stops or is full: it will answer later.
_LATER = ("08", "53", "57")


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One transaction's changes of actors' rows, in order; empty when it changed other rows only."""

    xid: int
    rows: int
    writes: tuple[StoreWrite, ...]


class AuditLog:
    """Follows the audit table of the store at an address; implements `actorproof.harness.drivers.port.Commits`.

    Attributes:
        commits: how many commits were journaled.
        broken: why the table could not be followed further, or None.
    """

    def __init__(self, store: Address, journal: Journal, clock: Clock) -> None:
        self.commits = 0
        self.broken: str | None = None
        self._connection = Connection(store)
        self._store = store
        self._journal = journal
        self._clock = clock
        self._rows = 0
        self._highest = 0
        self._snapshot = "1:1:"
        self._not_before_ns = 0
        self._finished = False

    async def run(self) -> None:
        """Follow until cancelled, or until the table is broken."""
        try:
            while self.broken is None:
                await self.poll()
                await self._clock.sleep(POLL_S)
        finally:
            self.close()

    async def poll(self) -> bool:
        """Take what is new, once; whether the store answered."""
        if self.broken is not None:
            return False
        asked_ns = self._clock.now_ns()
        answer = await self._ask(_LOOK, self._snapshot, self._floor, self._highest)
        if answer is None:
            return False
        try:
            self._take(answer)
        except ValueError as error:
            self._break(str(error))
            return False
        self._not_before_ns = asked_ns
        return True

    async def finish(self) -> None:
        """Take what is left, once nobody writes any more and while the store still runs.

        Whatever was acknowledged is there already. Beside that, a server goes on with what a client that is gone had
        asked for, and then its process ends; where it never hears that the client is gone, it has nothing to do.
        """
        began_ns = self._clock.now_ns()
        deadline_ns = began_ns + int(FINISH_S * 1e9)
        while self.broken is None and not self._finished:
            patient = self._clock.now_ns() < began_ns + int(LEAVE_S * 1e9)
            others = await self._number(_CLIENTS if patient else _BUSY_CLIENTS)
            if others == 0 and await self.poll():
                await self._compare()
            if self._clock.now_ns() > deadline_ns and not self._finished:
                who = "the store does not answer" if others is None else f"{others} clients are still busy"
                self._break(f"{who} {FINISH_S:g} s after the last sidecar ended")
            await self._clock.sleep(POLL_S)
        self.close()

    async def _compare(self) -> None:
        """Whether all that was read is still there, and nothing else."""
        there = await self._number("SELECT count(*) FROM actorproof_audit")
        if there is not None and there < self._rows:
            self._break(f"it has {there} records, {self._rows} were read")
        self._finished = there == self._rows

    def drain(self) -> None:
        """The store has stopped: nothing can be read any more."""
        if not self._finished:
            self._break("the store ended before the table was read to its end")
        self.close()

    def close(self) -> None:
        """Close the connection to the store."""
        self._connection.close()

    @property
    def _floor(self) -> int:
        """The lowest number of a transaction that may be new."""
        return min(int(self._snapshot.partition(":")[0]), self._highest + 1)

    def _take(self, answer: Sequence[Row]) -> None:
        for commit in commits(answer):
            if commit.writes:
                self._journal.write(
                    StoreCommitted, index=self.commits, not_before_ns=self._not_before_ns, writes=commit.writes
                )
                self.commits += 1
            self._rows += commit.rows
            self._highest = max(self._highest, commit.xid)
        self._snapshot = str(answer[0][0])

    async def _number(self, query: str) -> int | None:
        answer = await self._ask(query)
        return None if answer is None else int(answer[0][0] or 0)

    async def _ask(self, query: str, *arguments: Value) -> list[Row] | None:
        """The answer; None when there is none now."""
        try:
            return await self._connection.query(query, *arguments, timeout_s=ANSWER_S)
        except PostgresError as error:
            if not str(error.sqlstate).startswith(_LATER):
                self._break(str(error))
        except (OSError, TimeoutError):
            pass
        return None

    def _break(self, why: str) -> None:
        if self.broken is None:
            self.broken = f"audit table of the store at {self._store}: {why}"
            self._journal.write(StoreLogBroken, reason=self.broken)


# Background workers are no clients.
_CLIENTS = """\
SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"""
_BUSY_CLIENTS = f"{_CLIENTS} AND state NOT LIKE 'idle%'"
# One look: this snapshot, and in order every row that it sees and the snapshot $1 did not. $2 is the lowest number
# that may be new, $3 the highest that was seen.
_LOOK = """\
SELECT now.snapshot, new.id, new.xid, new.key, new.value
FROM (SELECT pg_current_snapshot()::text AS snapshot) AS now
LEFT JOIN actorproof_audit AS new ON new.xid >= $2::xid8
  AND (new.xid > $3::xid8 OR NOT pg_visible_in_snapshot(new.xid, $1::text::pg_snapshot))
ORDER BY new.id"""


def commits(answer: Sequence[Row]) -> list[Commit]:
    """The transactions in the rows of one look, in the order of their last rows. ValueError for anything else."""
    found: dict[int, list[StoreWrite | None]] = {}
    last: dict[int, int] = {}
    for row in answer:
        match row:
            case (str(), None, None, None, None):
                pass  # nothing is new
            case (str(), int(id_), int(xid), str(key), bytes() | None as value):
                target = actor_key(key)
                text = None if value is None else value.decode(errors="replace")
                found.setdefault(xid, []).append(None if target is None else StoreWrite(*target, text))
                last[xid] = id_
            case _:
                raise ValueError(f"a record of {len(row)} columns isn't understood")
    return [
        Commit(xid=xid, rows=len(found[xid]), writes=tuple(write for write in found[xid] if write is not None))
        for xid in sorted(found, key=last.__getitem__)
    ]
