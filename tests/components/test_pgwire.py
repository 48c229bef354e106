"""One query at a time over PostgreSQL's protocol, whole or not at all."""

from __future__ import annotations

import asyncio

import pytest

from actorproof.harness.stores.pgwire import Connection, PostgresError

from .fake_postgres import READY, SETTING, TRUSTED, WANTS_PASSWORD, Answer, error, rows, serving

TOO_LONG_S = 10.0


def asked(answer: Answer, *queries: str, welcome: bytes = TRUSTED + SETTING + READY) -> list[object]:
    """What each query came to: its rows, or its error."""

    async def main() -> list[object]:
        found: list[object] = []
        async with serving(answer, welcome=welcome) as address, Connection(address) as connection:
            for query in queries:
                try:
                    found.append(await connection.query(query, timeout_s=TOO_LONG_S if "late" not in query else 0.1))
                except (PostgresError, OSError, TimeoutError) as caught:
                    found.append(caught)
        return found

    return asyncio.run(main())


def test_rows() -> None:
    assert asked(lambda query: rows((query, None, ""), ("ö", "2")), "a") == [[("a", None, ""), ("ö", "2")]]


def test_no_rows() -> None:
    assert asked(lambda _: rows(), "a") == [[]]


def test_the_connection_goes_on_after_a_refusal() -> None:
    refused, after = asked(lambda query: error("42P01", "no such table") if query == "a" else rows(("1",)), "a", "b")
    assert isinstance(refused, PostgresError)
    assert (refused.code, str(refused)) == ("42P01", "no such table")
    assert after == [("1",)]


def test_a_refusal_that_ends_the_conversation() -> None:
    (refused,) = asked(lambda _: error("57P01", "terminating", ready=False), "a")
    assert isinstance(refused, PostgresError)
    assert refused.code == "57P01"


@pytest.mark.parametrize("kept", [0, 1, 5, 30])
def test_an_answer_that_is_cut_off_is_none(kept: int) -> None:
    (cut,) = asked(lambda _: rows(("1",), ("2",))[:kept], "a")
    assert isinstance(cut, ConnectionError)


def test_a_late_answer_is_not_taken_for_the_next_ones() -> None:
    late, after = asked(lambda query: None if "late" in query else rows((query,)), "late", "b")
    assert isinstance(late, TimeoutError)
    assert after == [("b",)]


def test_a_server_that_starts() -> None:
    (refused,) = asked(lambda _: None, "a", welcome=error("57P03", "starting up", ready=False))
    assert isinstance(refused, PostgresError)
    assert refused.code == "57P03"


def test_a_server_that_wants_a_password() -> None:
    (refused,) = asked(lambda _: None, "a", welcome=WANTS_PASSWORD)
    assert isinstance(refused, PostgresError)
    assert "password" in str(refused)
