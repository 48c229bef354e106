"""One statement at a time over a real server, whole or not at all."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator

import asyncpg
import pytest

from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.stores.postgres_client import Connection, PostgresError

from .conftest import entered
from .postgres_server import QUERY_S, Server


@pytest.fixture
def connection(server: Server, runner: asyncio.Runner) -> Iterator[Connection]:
    with entered(runner, Connection(server.listen)) as found:
        yield found


async def test_rows_with_the_types_of_their_columns(connection: Connection) -> None:
    found = await connection.query("SELECT $1::xid8, NULL, 'ö', '\\x00ff'::bytea", 7, timeout_s=QUERY_S)
    assert found == [(7, None, "ö", b"\x00\xff")]
    assert await connection.query("SELECT WHERE false", timeout_s=QUERY_S) == []


async def test_the_connection_goes_on_after_a_refusal(connection: Connection) -> None:
    await connection.query("CREATE TEMP TABLE mine AS SELECT 1 AS a", timeout_s=QUERY_S)
    with pytest.raises(PostgresError, match="nowhere") as refused:
        await connection.query("SELECT * FROM nowhere", timeout_s=QUERY_S)
    assert refused.value.sqlstate == "42P01"
    assert await connection.query("SELECT a FROM mine", timeout_s=QUERY_S) == [(1,)]


async def test_a_late_answer_is_not_taken_for_the_next_ones(server: Server, connection: Connection) -> None:
    await connection.query("SELECT 1", timeout_s=QUERY_S)
    server.signal(signal.SIGSTOP)
    with pytest.raises(TimeoutError):
        await connection.query("SELECT 1", timeout_s=0.1)
    server.signal(signal.SIGCONT)
    assert await connection.query("SELECT 2", timeout_s=QUERY_S) == [(2,)]


async def test_a_server_that_dies_cuts_the_answer_off_and_its_next_life_answers(
    server: Server, connection: Connection
) -> None:
    await connection.query("SELECT 1", timeout_s=QUERY_S)
    await server.kill()
    for _ in range(2):
        with pytest.raises((OSError, PostgresError)):
            await connection.query("SELECT 1", timeout_s=QUERY_S)
    await server.start()
    assert await connection.query("SELECT 2", timeout_s=QUERY_S) == [(2,)]


async def test_a_servers_farewell_in_the_middle_of_the_next_statement_is_a_broken_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Seen when a store was killed under load: asyncpg had the farewell and the statement under way at once.
    class Leaving:
        def terminate(self) -> None:
            pass

        async def fetch(self, *_: object) -> None:
            raise asyncpg.InternalClientError("cannot switch to state 11; another operation (2) is in progress")

    async def connect(**_: object) -> Leaving:
        return Leaving()

    monkeypatch.setattr(asyncpg, "connect", connect)
    async with Connection(Address(ip="127.0.0.1", port=1)) as connection:
        with pytest.raises(ConnectionResetError, match="another operation"):
            await connection.query("SELECT 1", timeout_s=QUERY_S)


async def test_a_server_that_is_not_there() -> None:
    async with Connection(Address(ip="127.0.0.1", port=1)) as connection:
        with pytest.raises(OSError, match=r"refused|failed"):
            await connection.query("SELECT 1", timeout_s=QUERY_S)
