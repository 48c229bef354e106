"""A load of a user's own calls in place of ours: each of its calls is an operation, and goes on as it came."""

from __future__ import annotations

import asyncio
import math
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from actorproof.harness.application.application import Application, Method
from actorproof.harness.clock import SystemClock
from actorproof.harness.errors import ApplicationError
from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.merge import read_journal
from actorproof.harness.ports import Headers, RefusedError, Reply
from actorproof.harness.request import OPERATION_HEADER, Addressed, Request
from actorproof.harness.runtimes.registry import runtime
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.own_load import OwnTraffic, Repertoire
from actorproof.harness.workload.script.client_link import ClientLink
from actorproof.harness.workload.script.script_load import ScriptLoad
from tests.properties.of_kind import of

CALL = "/v1.0/actors/Cart/a%2F1/method/add?x=%20"
HOSTS = ("host-1", "host-2")
Sent = tuple[str, str, str, bytes, dict[str, str]]


class Sidecars:
    """A transport that answers everything, and keeps it."""

    addresses: dict[str, str] = {}  # noqa: RUF012 - as the port has it

    def __init__(self, status: int = 200, *, silent: bool = False, gone: bool = False) -> None:
        self.sent: list[Sent] = []
        self._status = status
        self._silent = silent
        self._gone = gone
        self._wanted = 0
        self._there = asyncio.Event()

    async def request(
        self, *, host: str, method: str, path: str, body: bytes, timeout_s: float, headers: Headers = ()
    ) -> Reply:
        self.sent.append((host, method, path, body, dict(headers)))
        if len(self.sent) == self._wanted:
            self._there.set()
        if self._gone:
            raise RefusedError
        if self._silent:
            await asyncio.sleep(timeout_s)
        return Reply(status=self._status, body=b'{"n": 1}', headers=(("X-Said", "this"), ("Content-Type", "a/b")))

    async def asked(self, count: int) -> None:
        """Wait until so many requests have come."""
        self._wanted = max(count, len(self.sent) + 1)
        await self._there.wait()

    async def close(self) -> None:
        """Nothing is open."""


class Refusing:
    """What the link asks of a runtime's API."""

    async def send(self, request: Request, *, via: str, timeout_s: float) -> Reply:
        raise AssertionError

    def refuses(self, reply: Reply) -> bool:
        return reply.status == 404


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "harness.jsonl", process="harness", clock=SystemClock()) as opened:
        yield opened


@asynccontextmanager
async def linked(journal: Journal, sidecars: Sidecars) -> AsyncIterator[tuple[str, list[str]]]:
    """The common address of a link, and those of the hosts."""
    link = ClientLink(hosts=HOSTS, transport=sidecars, requests=Refusing(), invariants={}, journal=journal)
    anywhere, hosts = await link.open()
    try:
        yield anywhere, list(hosts.values())
    finally:
        await link.close()


def written(journal: Journal) -> list[ev.AnyEvent]:
    return read_journal(journal.path)[1:]


async def test_a_call_goes_on_as_it_came_with_its_operation_in_a_header(journal: Journal) -> None:
    sidecars = Sidecars()
    async with linked(journal, sidecars) as (_, hosts), aiohttp.ClientSession(requote_redirect_url=False) as session:
        url = URL(hosts[1] + CALL, encoded=True)
        async with session.post(url, data=b'{"n":  1}', headers={"X-Own": "mine"}) as answer:
            assert (answer.status, await answer.read()) == (200, b'{"n": 1}')
            assert (answer.headers["X-Said"], answer.headers["Content-Type"]) == ("this", "a/b")
    invoked, completed = written(journal)
    ((host, method, path, body, headers),) = sidecars.sent
    assert (host, method, path, body, headers["X-Own"]) == ("host-2", "POST", CALL, b'{"n":  1}', "mine")
    assert isinstance(invoked, ev.Invoked)
    assert headers[OPERATION_HEADER] == invoked.op
    assert (invoked.actor, invoked.name, invoked.via, invoked.args) == ("Cart/a/1", "add", "host-2", '{"n":  1}')
    assert isinstance(completed, ev.Completed)
    assert (completed.op, completed.outcome, completed.result) == (invoked.op, "ok", '{"n": 1}')


async def test_the_common_address_deals_requests_out_and_each_connection_is_a_client(journal: Journal) -> None:
    sidecars = Sidecars()
    async with linked(journal, sidecars) as (anywhere, _):
        for _ in range(2):
            async with aiohttp.ClientSession() as session:
                for _ in range(2):
                    async with session.put(anywhere + CALL) as answer:
                        await answer.read()
    assert [host for host, *_ in sidecars.sent] == ["host-1", "host-2", "host-1", "host-2"]
    clients = [event.client for event in of(written(journal), ev.Invoked)]
    assert clients == ["load-1", "load-1", "load-2", "load-2"]


async def test_a_caller_that_hangs_up_has_given_up_and_its_call_is_cancelled(journal: Journal) -> None:
    async with linked(journal, Sidecars(silent=True)) as (anywhere, _), aiohttp.ClientSession() as session:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(session.put(anywhere + CALL), 0.2)
    (completed,) = of(written(journal), ev.Completed)
    assert (completed.outcome, completed.reason) == ("info", "gave-up")


async def test_a_host_that_refuses_is_told_to_the_load_and_took_no_effect(journal: Journal) -> None:
    async with linked(journal, Sidecars(gone=True)) as (anywhere, _), aiohttp.ClientSession() as session:
        answer = await session.put(anywhere + CALL)
        assert answer.status == 502
    (completed,) = of(written(journal), ev.Completed)
    assert completed.outcome == "fail"


@pytest.mark.parametrize(("path", "status"), [("/v1.0/healthz", 200), ("/v1.0/actors/Cart/1/reminders/r", 501)])
async def test_what_is_no_call_is_no_operation_and_reminders_are_refused(
    journal: Journal, path: str, status: int
) -> None:
    sidecars = Sidecars()
    async with linked(journal, sidecars) as (anywhere, _), aiohttp.ClientSession() as session:
        answer = await session.post(anywhere + path)
        assert answer.status == status
    assert written(journal) == []
    assert len(sidecars.sent) == (status == 200)


CALLS = """
import os, urllib.request
for host in (os.environ["DAPR_HTTP_ENDPOINT"], *os.environ["ACTORPROOF_HOSTS"].split()):
    asked = urllib.request.Request(host + "/v1.0/actors/Cart/1/method/add", b"{}", method="PUT")
    urllib.request.urlopen(asked).read()
"""


async def loaded(
    journal: Journal, sidecars: Sidecars, script: str, *, until: int, reads: tuple[Method, ...] = ()
) -> list[ev.AnyEvent]:
    """What stands in the history once a script has made so many calls, and was stopped."""
    folder = journal.path.parent
    application = Application(command=("true",), types=(), cwd=str(folder), load=(sys.executable, "-c", script))
    link = ClientLink(hosts=HOSTS, transport=sidecars, requests=Refusing(), invariants={}, journal=journal)
    probes = OwnTraffic(
        Load(clients=0, fickle=0, probes=1 if reads else 0),
        Repertoire(reads),
        hosts=HOSTS,
        idle_timeout_s=math.inf,
        seed=1,
        requests=Addressed(sidecars, runtime("dapr").api),
        journal=journal,
        clock=SystemClock(),
    )
    load = ScriptLoad(application, probes=probes, link=link, logs=folder / "logs", clock=SystemClock())
    try:
        async with asyncio.timeout(30):
            await load.begin()
            load.start()
            await sidecars.asked(until)
    finally:
        await load.stop()
        await load.stop_probes()
    return written(journal)


async def test_a_load_that_ends_is_begun_again_until_it_is_stopped(journal: Journal) -> None:
    events = await loaded(journal, Sidecars(), CALLS, until=4)
    invoked = [event.op for event in of(events, ev.Invoked)]
    assert len(invoked) >= 4
    assert {event.op for event in of(events, ev.Completed)} == set(invoked)


async def test_of_our_own_callers_only_probes_of_what_reads_are_left_beside_it(journal: Journal) -> None:
    reads = (Method(type="Cart", name="total", reads=True), Method(type="Cart", name="add"))
    events = await loaded(journal, Sidecars(), CALLS, until=8, reads=reads)
    ours = {(event.client, event.name) for event in of(events, ev.Invoked) if event.name != "add"}
    assert ours == {("probe-0", "total")}


@pytest.mark.parametrize(
    ("script", "status", "said"),
    [
        ("print('no carts'); raise SystemExit(3)", 200, "the load ended with code 3 and called no method of an actor"),
        (CALLS, 404, "the application answers no call of the load: Cart.add says status-404"),
    ],
)
async def test_a_load_without_an_answered_call_can_not_be_judged(
    script: str, status: int, said: str, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actorproof.harness.workload.script.script_load.ANSWERED_S", 3.0)
    with pytest.raises(ApplicationError, match=re.escape(said)) as caught:
        await loaded(journal, Sidecars(status), script, until=1)
    assert "no carts" in str(caught.value) or status == 404
