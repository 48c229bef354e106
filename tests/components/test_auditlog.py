"""PostgreSQL's audit table, followed: a model of its snapshots, and a real server that is stopped and killed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actorproof.harness.clock import SystemClock
from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.history.events import StoreWrite
from actorproof.harness.history.journal import Journal
from actorproof.harness.stores import auditlog
from actorproof.harness.stores.auditlog import AuditLog, Commit
from actorproof.harness.stores.postgres_client import Connection, PostgresError, Row, Value

from .postgres_server import QUERY_S, TABLE, Server, upsert
from .support import broken, commits, opened, until

CLOCK = SystemClock()
NOWHERE = Address(ip="127.0.0.1", port=1)


def key(name: str) -> str:
    return f"actorproof||Counter||{name}||value"


def write(name: str, value: str | None) -> StoreWrite:
    return StoreWrite(f"Counter/{name}", "value", value)


class TestRows:
    def test_transactions_in_the_order_of_their_last_rows(self) -> None:
        look = [
            ("1:9:", 1, 7, key("a"), b"1"),
            ("1:9:", 2, 5, key("b"), b"2"),
            ("1:9:", 3, 7, key("c"), None),
            ("1:9:", 4, 6, "actorproof||no-actor", b"3"),
        ]
        assert auditlog.commits(look) == [
            Commit(xid=5, rows=1, writes=(write("b", "2"),)),
            Commit(xid=7, rows=2, writes=(write("a", "1"), write("c", None))),
            Commit(xid=6, rows=1, writes=()),
        ]

    def test_nothing_new(self) -> None:
        assert auditlog.commits([("1:9:", None, None, None, None)]) == []

    @pytest.mark.parametrize("row", [("1:9:",), (None, 1, 1, "k", None)])
    def test_what_is_not_understood(self, row: Row) -> None:
        with pytest.raises(ValueError, match="isn't understood"):
            auditlog.commits([row])


# ---- a model of transactions and snapshots


@dataclass
class Database:
    """Transactions by number, as PostgreSQL numbers, shows and forgets them."""

    next_xid: int = 3
    next_id: int = 1
    running: dict[int, list[tuple[int, str, str]]] = field(default_factory=dict)
    visible: list[tuple[int, int, str, str]] = field(default_factory=list)
    logged: int = 2

    def begin(self) -> None:
        self.running[self.next_xid] = []
        self.next_xid += 1

    def write(self, xid: int, name: str) -> None:
        """One row; none where another transaction that still runs has written it."""
        if any(name == other for at, found in self.running.items() if at != xid for _, other, _ in found):
            return
        self.running[xid].append((self.next_id, name, f"{xid}/{self.next_id}"))
        self.next_id += 1

    def commit(self, xid: int) -> None:
        self.visible += [(id_, xid, name, value) for id_, name, value in self.running.pop(xid)]
        self.logged = max(self.logged, xid)

    def crash(self, recovered: int | None) -> None:
        """Whatever ran is gone, but for one transaction that was on the disk already; numbers may come again."""
        if recovered is not None:
            self.commit(recovered)
        self.running.clear()
        self.next_xid = self.logged + 1

    def look(self, snapshot: Value, floor: Value, highest: Value) -> list[Row]:
        """What the statement of a look finds."""
        assert isinstance(floor, int)
        assert isinstance(highest, int)
        low, high, running = str(snapshot).split(":")
        seen_running = {int(xid) for xid in running.split(",") if xid}

        def new(xid: int) -> bool:
            was_seen = xid < int(low) or (xid < int(high) and xid not in seen_running)
            return xid >= floor and (xid > highest or not was_seen)

        low_now = min(self.running, default=self.next_xid)
        now = f"{low_now}:{self.next_xid}:{','.join(map(str, sorted(self.running)))}"
        found: list[Row] = [
            (now, id_, xid, key(name), value.encode()) for id_, xid, name, value in sorted(self.visible) if new(xid)
        ]
        return found or [(now, None, None, None, None)]


class Modelled:
    """A connection to the model."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def query(self, text: str, *arguments: Value, timeout_s: float) -> list[Row]:
        return self.database.look(*arguments)

    def close(self) -> None:
        """Nothing is open."""


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["begin", "write", "write", "commit", "abort", "look", "crash"]),
        st.integers(0, 5),
        st.sampled_from("abc"),
    ),
    max_size=60,
)


@settings(max_examples=150)
@given(STEPS)
def test_every_commit_is_found_once_in_its_keys_order(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, str]]
) -> None:
    database = Database()
    with opened(tmp_path_factory.mktemp("model")) as log:
        with patch("actorproof.harness.stores.auditlog.Connection", lambda _: Modelled(database)):
            audit = AuditLog(NOWHERE, log, CLOCK)
        for verb, number, name in steps:
            xid = sorted(database.running)[number % len(database.running)] if database.running else None
            match verb, xid:
                case "begin", _:
                    database.begin()
                case "look", _:
                    assert asyncio.run(audit.poll())
                case "crash", _:
                    database.crash(xid if number > 3 else None)
                case "write", int():
                    database.write(xid, name)
                case "commit", int():
                    database.commit(xid)
                case "abort", int():
                    del database.running[xid]
        assert asyncio.run(audit.poll())
        found = [written for commit in commits(log) for written in commit.writes]
        for name in "abc":
            wanted = [value for _, _, other, value in sorted(database.visible) if other == name]
            assert [each.value for each in found if each.actor == f"Counter/{name}"] == wanted
        assert len(commits(log)) == len({xid for _, xid, _, _ in database.visible})


# ---- a server that says what it is told

Answer = Callable[[str], list[Row]]


class Told:
    """A connection to a server that answers every query as it is told."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    async def query(self, text: str, *arguments: Value, timeout_s: float) -> list[Row]:
        return self.answer(text)

    def close(self) -> None:
        """Nothing is open."""


def refusing(code: str, *, times: int = 10**6) -> Answer:
    """Refuses the first queries, then has nothing new."""
    said: list[str] = []

    def answer(query: str) -> list[Row]:
        said.append(query)
        if len(said) <= times:
            raise PostgresError("no", sqlstate=code)
        return nothing_new(query)

    return answer


def nothing_new(query: str) -> list[Row]:
    return [(0,)] if "count(*)" in query else [("5:5:", None, None, None, None)]


def one_row_and_no_records(query: str) -> list[Row]:
    return [(0,)] if "count(*)" in query else [("5:5:", 1, 3, key("a"), b"1")]


def busy(query: str) -> list[Row]:
    return [(2,)]


def gone_unnoticed(query: str) -> list[Row]:
    return [(1,)] if "pg_stat_activity" in query and "idle" not in query else nothing_new(query)


async def followed(log: Journal, answer: Answer, *, polls: int = 0, finish: bool = True) -> AuditLog:
    with patch("actorproof.harness.stores.auditlog.Connection", lambda _: Told(answer)):
        audit = AuditLog(NOWHERE, log, CLOCK)
    for _ in range(polls):
        await audit.poll()
    if finish:
        await audit.finish()
    audit.drain()
    return audit


@pytest.mark.parametrize(
    ("answer", "polls", "finish", "why"),
    [
        (nothing_new, 1, True, None),
        (nothing_new, 1, False, "ended before the table was read to its end"),
        (one_row_and_no_records, 0, True, "it has 0 records, 1 were read"),
        (busy, 0, True, "2 clients are still busy"),
        (gone_unnoticed, 0, True, None),
        (refusing("57P03"), 0, True, "the store does not answer"),
        (refusing("42P01"), 3, True, "no"),
        *((refusing(code, times=2), 2, True, None) for code in ("57P01", "57P03", "53300", "08006")),
    ],
    ids=[
        *("read to its end", "gone before the end", "records are gone", "a client does not go"),
        *("a client is gone and the server does not know", "no answer at the end", "there is no such table"),
        *("shuts down, and is back", "starts, and is back", "is full, and is back", "breaks off, and is back"),
    ],
)
async def test_a_log_that_was_not_read_whole_is_broken_and_says_why(
    log: Journal, monkeypatch: pytest.MonkeyPatch, answer: Answer, polls: int, *, finish: bool, why: str | None
) -> None:
    monkeypatch.setattr(auditlog, "FINISH_S", 0.5)
    monkeypatch.setattr(auditlog, "LEAVE_S", 0.1)
    audit = await followed(log, answer, polls=polls, finish=finish)
    assert broken(log) == ([audit.broken] if why else [])
    assert (why or "") in (audit.broken or "")


async def test_a_commit_between_the_last_look_and_the_count_is_read(log: Journal) -> None:
    looks: list[str] = []

    def answer(query: str) -> list[Row]:
        if "pg_stat_activity" in query:
            return [(0,)]
        if "count(*)" in query:
            return [(1,)]
        looks.append(query)
        return nothing_new(query) if len(looks) == 1 else [("5:5:", 1, 3, key("a"), b"1")]

    audit = await followed(log, answer)
    assert broken(log) == []
    assert (audit.commits, len(looks)) == (1, 2)


# ---- a real server


class TestPostgres:
    async def test_a_transaction_is_one_commit_within_its_bounds(self, server: Server, log: Journal) -> None:
        audit = AuditLog(server.listen, log, CLOCK)
        following = asyncio.create_task(audit.run())
        sent = []
        for n in range(20):
            before = CLOCK.now_ns()
            await server.do(
                "BEGIN", upsert(key("a"), str(n)), upsert(key("b"), f"{n}b"),
                f"DELETE FROM state WHERE key = '{key('c')}'", "COMMIT",
            )  # fmt: skip
            sent.append((before, CLOCK.now_ns()))
        await server.do("BEGIN", upsert(key("a"), "not committed"), "ROLLBACK")
        await server.do(upsert(key("c"), "1"), f"DELETE FROM state WHERE key = '{key('c')}'")
        await until(lambda: audit.broken or audit.commits >= 22)
        following.cancel()
        await audit.finish()
        audit.drain()
        found = commits(log)
        for n, (commit, (before, after)) in enumerate(zip(found, sent, strict=False)):
            assert commit.writes == (write("a", str(n)), write("b", f"{n}b"))
            assert commit.not_before_ns < after
            assert before < commit.t_ns
        assert [commit.writes for commit in found[20:]] == [(write("c", "1"),), (write("c", None),)]
        assert found[21].not_before_ns > sent[0][1]
        assert broken(log) == []

    async def test_commits_out_of_the_order_of_their_numbers(self, log: Journal, server: Server) -> None:
        async with Connection(server.listen) as slow:
            audit = AuditLog(server.listen, log, CLOCK)
            for query in ("BEGIN", upsert(key("slow"), "1")):
                await slow.query(query, timeout_s=QUERY_S)
            await server.do(upsert(key("quick"), "2"))
            assert await audit.poll()
            before = CLOCK.now_ns()
            assert await audit.poll()
            await slow.query("COMMIT", timeout_s=QUERY_S)
            assert await audit.poll()
            quick, late = commits(log)
            assert quick.writes == (write("quick", "2"),)
            assert late.writes == (write("slow", "1"),)
            assert late.not_before_ns >= before
            audit.close()

    async def test_stopped_store_moves_no_bound(
        self, server: Server, log: Journal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(auditlog, "ANSWER_S", 0.3)

        audit = AuditLog(server.listen, log, CLOCK)
        assert await audit.poll()
        server.signal(signal.SIGSTOP)
        stopped_ns = CLOCK.now_ns()
        assert not await audit.poll()
        server.signal(signal.SIGCONT)
        await server.do(upsert(key("a"), "1"))
        monkeypatch.setattr(auditlog, "ANSWER_S", QUERY_S)
        assert await audit.poll()
        (commit,) = commits(log)
        assert 0 < commit.not_before_ns < stopped_ns
        audit.close()

    async def test_killed_in_the_middle_of_writes(self, server: Server, log: Journal) -> None:
        async def write_on(server: Server, acknowledged: list[int]) -> None:
            for n in range(100_000):
                await server.do(upsert(key("a"), str(n)))
                acknowledged.append(n)

        audit = AuditLog(server.listen, log, CLOCK)
        following = asyncio.create_task(audit.run())
        rounds: list[list[int]] = []
        for _ in range(2):
            rounds.append([])
            writing = asyncio.create_task(write_on(server, rounds[-1]))
            await until(lambda: len(rounds[-1]) >= 20)
            await server.kill()
            await asyncio.gather(writing, return_exceptions=True)
            await server.start()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await audit.finish()
        audit.drain()
        values = [commit.writes[0].value for commit in commits(log)]
        rest = iter(values)
        for acknowledged in rounds:
            assert all(str(n) in rest for n in acknowledged)
        assert broken(log) == []

    async def test_values_of_the_component_s_first_version(self, server: Server, log: Journal) -> None:
        await server.do("DROP TABLE state", TABLE.replace("bytea", "jsonb"), upsert(key("a"), '{"b": 1}'))
        audit = AuditLog(server.listen, log, CLOCK)
        assert await audit.poll()
        (commit,) = commits(log)
        assert commit.writes == (write("a", '{"b": 1}'),)
        audit.close()

    async def test_durable_settings_are_in_force(self, server: Server) -> None:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            assert await server.do(f"SELECT current_setting('{name}')") == [("on",)]

    async def test_ready_only_while_it_answers(self, server: Server) -> None:
        assert await server.spec.ready() is None
        assert server.process is not None
        server.process.terminate()
        assert await asyncio.to_thread(server.process.wait) == 0
        assert str(server.listen) in (await server.spec.ready() or "")
        with pytest.raises((OSError, PostgresError)):
            await server.do("SELECT")
