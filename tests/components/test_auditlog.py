"""PostgreSQL's audit table, followed: a model of its snapshots, and a real server that is stopped and killed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actorproof.harness.clock import SystemClock
from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.history.events import StoreCommitted, StoreLogBroken, StoreWrite
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.merge import read_journal
from actorproof.harness.stores import auditlog
from actorproof.harness.stores.auditlog import AuditLog, Commit
from actorproof.harness.stores.postgres_client import Connection, PostgresError, Row, Value

from .postgres_server import QUERY_S, TABLE, Server, running_server, upsert
from .support import until

CLOCK = SystemClock()
NOWHERE = Address(ip="127.0.0.1", port=1)


def key(name: str) -> str:
    return f"actorproof||Counter||{name}||value"


def write(name: str, value: str | None) -> StoreWrite:
    return StoreWrite(f"Counter/{name}", "value", value)


@contextmanager
def journal(folder: Path) -> Iterator[Journal]:
    with Journal.open(folder / "harness.jsonl", process="harness", clock=CLOCK) as opened:
        yield opened


def journaled(journal: Journal) -> list[StoreCommitted]:
    return [event for event in read_journal(journal.path) if isinstance(event, StoreCommitted)]


def broken(journal: Journal) -> list[str]:
    return [event.reason for event in read_journal(journal.path) if isinstance(event, StoreLogBroken)]


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
    with journal(tmp_path_factory.mktemp("model")) as log:
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
        found = [written for commit in journaled(log) for written in commit.writes]
        for name in "abc":
            wanted = [value for _, _, other, value in sorted(database.visible) if other == name]
            assert [each.value for each in found if each.actor == f"Counter/{name}"] == wanted
        assert len(journaled(log)) == len({xid for _, xid, _, _ in database.visible})


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


def refusal(code: str, text: str) -> PostgresError:
    return PostgresError(text, sqlstate=code)


def followed(folder: Path, answer: Answer, *, polls: int = 1, finish: bool = False) -> tuple[AuditLog, list[str]]:
    async def main() -> AuditLog:
        with patch("actorproof.harness.stores.auditlog.Connection", lambda _: Told(answer)):
            audit = AuditLog(NOWHERE, log, CLOCK)
        for _ in range(polls):
            await audit.poll()
        if finish:
            await audit.finish()
        audit.drain()
        return audit

    with journal(folder) as log:
        audit = asyncio.run(main())
        return audit, broken(log)


def nothing_new(query: str) -> list[Row]:
    return [(0,)] if "count(*)" in query else [("5:5:", None, None, None, None)]


class TestAnswers:
    def test_read_to_the_end(self, tmp_path: Path) -> None:
        assert followed(tmp_path, nothing_new, finish=True)[1] == []

    def test_a_store_that_was_gone_before_the_end(self, tmp_path: Path) -> None:
        (why,) = followed(tmp_path, nothing_new)[1]
        assert "ended before the table was read to its end" in why

    def test_records_that_are_gone(self, tmp_path: Path) -> None:
        def answer(query: str) -> list[Row]:
            if "count(*)" in query:
                return [(0,)]
            return [("5:5:", 1, 3, key("a"), b"1")]

        (why,) = followed(tmp_path, answer, polls=0, finish=True)[1]
        assert "it has 0 records, 1 were read" in why

    def test_a_commit_between_the_last_look_and_the_count(self, tmp_path: Path) -> None:
        looks: list[str] = []

        def answer(query: str) -> list[Row]:
            if "pg_stat_activity" in query:
                return [(0,)]
            if "count(*)" in query:
                return [(1,)]
            looks.append(query)
            return nothing_new(query) if len(looks) == 1 else [("5:5:", 1, 3, key("a"), b"1")]

        audit, said = followed(tmp_path, answer, polls=0, finish=True)
        assert said == []
        assert (audit.commits, len(looks)) == (1, 2)

    def test_a_client_that_does_not_go(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(auditlog, "FINISH_S", 0.1)
        (why,) = followed(tmp_path, lambda _: [(2,)], polls=0, finish=True)[1]
        assert "2 clients are still busy" in why

    def test_a_client_that_is_gone_and_the_server_does_not_know(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(auditlog, "LEAVE_S", 0.1)

        def answer(query: str) -> list[Row]:
            there = "pg_stat_activity" in query and "idle" not in query
            return [(1,)] if there else nothing_new(query)

        assert followed(tmp_path, answer, polls=0, finish=True)[1] == []

    def test_a_store_that_does_not_answer_at_the_end(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(auditlog, "FINISH_S", 0.1)

        def answer(_: str) -> list[Row]:
            raise refusal("57P03", "starting")

        (why,) = followed(tmp_path, answer, polls=0, finish=True)[1]
        assert "the store does not answer" in why

    @pytest.mark.parametrize("code", ["57P01", "57P03", "53300", "08006"])
    def test_a_server_that_can_not_answer_now(self, tmp_path: Path, code: str) -> None:
        said: list[str] = []

        def answer(query: str) -> list[Row]:
            said.append(query)
            if len(said) < 3:
                raise refusal(code, "later")
            return nothing_new(query)

        assert followed(tmp_path, answer, polls=2, finish=True)[1] == []

    def test_a_table_that_is_not_there(self, tmp_path: Path) -> None:
        def answer(_: str) -> list[Row]:
            raise refusal("42P01", "no such table")

        audit, (why,) = followed(tmp_path, answer, polls=3, finish=True)
        assert "no such table" in why
        assert audit.broken == why


# ---- a real server


async def committed(audit: AuditLog, commits: int) -> None:
    async def reached() -> bool:
        assert audit.broken is None, audit.broken
        return audit.commits >= commits

    await until(reached)


class TestPostgres:
    def test_a_transaction_is_one_commit_within_its_bounds(self, tmp_path: Path) -> None:
        async def scene() -> None:
            async with running_server() as server:
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
                await committed(audit, 22)
                following.cancel()
                await audit.finish()
                audit.drain()
                found = journaled(log)
                for n, (commit, (before, after)) in enumerate(zip(found, sent, strict=False)):
                    assert commit.writes == (write("a", str(n)), write("b", f"{n}b"))
                    assert commit.not_before_ns < after
                    assert before < commit.t_ns
                assert [commit.writes for commit in found[20:]] == [(write("c", "1"),), (write("c", None),)]
                assert found[21].not_before_ns > sent[0][1]

        with journal(tmp_path) as log:
            asyncio.run(scene())
            assert broken(log) == []

    def test_commits_out_of_the_order_of_their_numbers(self, tmp_path: Path) -> None:
        async def scene() -> None:
            async with running_server() as server, Connection(server.listen) as slow:
                audit = AuditLog(server.listen, log, CLOCK)
                for query in ("BEGIN", upsert(key("slow"), "1")):
                    await slow.query(query, timeout_s=QUERY_S)
                await server.do(upsert(key("quick"), "2"))
                assert await audit.poll()
                before = CLOCK.now_ns()
                assert await audit.poll()
                await slow.query("COMMIT", timeout_s=QUERY_S)
                assert await audit.poll()
                quick, late = journaled(log)
                assert quick.writes == (write("quick", "2"),)
                assert late.writes == (write("slow", "1"),)
                assert late.not_before_ns >= before
                audit.close()

        with journal(tmp_path) as log:
            asyncio.run(scene())

    def test_stopped_store_moves_no_bound(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(auditlog, "ANSWER_S", 0.3)

        async def scene() -> None:
            async with running_server() as server:
                audit = AuditLog(server.listen, log, CLOCK)
                assert await audit.poll()
                server.signal(signal.SIGSTOP)
                stopped_ns = CLOCK.now_ns()
                assert not await audit.poll()
                server.signal(signal.SIGCONT)
                await server.do(upsert(key("a"), "1"))
                monkeypatch.setattr(auditlog, "ANSWER_S", QUERY_S)
                assert await audit.poll()
                (commit,) = journaled(log)
                assert 0 < commit.not_before_ns < stopped_ns
                audit.close()

        with journal(tmp_path) as log:
            asyncio.run(scene())

    def test_killed_in_the_middle_of_writes(self, tmp_path: Path) -> None:
        async def write_on(server: Server, acknowledged: list[int]) -> None:
            for n in range(100_000):
                await server.do(upsert(key("a"), str(n)))
                acknowledged.append(n)

        async def at_least(items: list[int], number: int) -> bool:
            return len(items) >= number

        async def scene() -> None:
            async with running_server() as server:
                audit = AuditLog(server.listen, log, CLOCK)
                following = asyncio.create_task(audit.run())
                rounds: list[list[int]] = []
                for _ in range(2):
                    rounds.append([])
                    writing = asyncio.create_task(write_on(server, rounds[-1]))
                    await until(partial(at_least, rounds[-1], 20))
                    await server.kill()
                    await asyncio.gather(writing, return_exceptions=True)
                    await server.start()
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)
                await audit.finish()
                audit.drain()
                values = [commit.writes[0].value for commit in journaled(log)]
                rest = iter(values)
                for acknowledged in rounds:
                    assert all(str(n) in rest for n in acknowledged)

        with journal(tmp_path) as log:
            asyncio.run(scene())
            assert broken(log) == []

    def test_values_of_the_component_s_first_version(self, tmp_path: Path) -> None:
        async def scene() -> None:
            async with running_server() as server:
                await server.do("DROP TABLE state", TABLE.replace("bytea", "jsonb"), upsert(key("a"), '{"b": 1}'))
                audit = AuditLog(server.listen, log, CLOCK)
                assert await audit.poll()
                (commit,) = journaled(log)
                assert commit.writes == (write("a", '{"b": 1}'),)
                audit.close()

        with journal(tmp_path) as log:
            asyncio.run(scene())

    def test_durable_settings_are_in_force(self) -> None:
        async def scene() -> list[Row]:
            async with running_server() as server:
                return await server.do(
                    "SELECT current_setting('fsync'), current_setting('synchronous_commit'),"
                    " current_setting('full_page_writes')"
                )

        assert asyncio.run(scene()) == [("on", "on", "on")]

    def test_ready_only_while_it_answers(self) -> None:
        async def scene() -> None:
            async with running_server() as server:
                assert await server.spec.ready() is None
                assert server.process is not None
                server.process.terminate()
                assert await asyncio.to_thread(server.process.wait) == 0
                assert str(server.listen) in (await server.spec.ready() or "")
                with pytest.raises((OSError, PostgresError)):
                    await server.do("SELECT")

        asyncio.run(scene())
