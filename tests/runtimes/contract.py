"""What every runtime owes the harness, on a cluster of any driver that runs it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from actorproof.harness.cluster.port import UnitStatus
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.history import events as ev
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.merge import read_journal
from actorproof.harness.request import Addressed, Schedule
from actorproof.harness.workload.client import Answer, Client

if TYPE_CHECKING:
    from pathlib import Path

    from actorproof.harness.drivers.port import Driver, Site
    from actorproof.harness.runtimes.port import Runtime

ACTOR = "Ledger/contract"
HOSTS = ("host-1", "host-2")
DEADLINE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a runtime did.

    Attributes:
        roles: each unit's.
        settled: whether its parts agreed, at first and after host-1 was gone.
        leader: who led.
        answers: of calls, by host; then of a call after host-1 was gone.
        registered, unregistered: what was answered.
        refused: the outcome of a call to a host that was gone.
        events: the harness's journal.
        promises: the guarantees that are promises of the runtime; None for all.
        store: what keeps the state.
    """

    roles: dict[str, str]
    settled: tuple[bool, bool]
    leader: str | None
    answers: tuple[Answer, ...]
    registered: Answer
    unregistered: Answer
    refused: Answer
    events: tuple[ev.Event, ...]
    promises: frozenset[str] | None
    store: str


def try_out(driver: Driver, runtime: Runtime, path: Path) -> Seen:
    """Bring two hosts up, use them, lose one, and stop them."""
    folder = RunFolder.create(path)
    return driver.run(_try_out(driver, runtime, folder))


async def _try_out(driver: Driver, runtime: Runtime, folder: RunFolder) -> Seen:
    file = folder.raw / "harness.jsonl"
    topology = runtime.fit(Topology(hosts=len(HOSTS), spare_hosts=0, version=runtime.tried[0]))
    with Journal.open(file, process="harness", clock=driver.clock, origin=driver.origin) as journal:
        async with driver.site(topology, folder=folder, journal=journal) as site:
            client = Client("c", requests=Addressed(site.transport, runtime.api), journal=journal)
            await site.cluster.up()
            watching = [asyncio.create_task(site.view.run()), asyncio.create_task(site.commits.run())]
            settled = await site.view.settled(DEADLINE_S)
            await _shown(set(HOSTS), file, driver)
            answers = [await _call(client, driver, via=host) for host in HOSTS]
            leader = await site.view.leader()
            far = Schedule(due_s=3600)
            registered = await client.register_reminder("Ticker/contract", "r", far, via=HOSTS[1], timeout_s=20)
            unregistered = await client.unregister_reminder("Ticker/contract", "r", via=HOSTS[1], timeout_s=20)
            await _stop(site, runtime, of=f"{HOSTS[0]}/")
            refused = await client.call(ACTOR, "append", {}, via=HOSTS[0], timeout_s=10)
            again = await site.view.settled(DEADLINE_S, hosts=HOSTS[1:])
            await _shown(set(HOSTS[1:]), file, driver)
            answers.append(await _call(client, driver, via=HOSTS[1]))
            roles: dict[str, str] = {unit: runtime.role(unit) for unit in site.cluster.units()}
            await _stop(site, runtime)
            await site.commits.finish()
            await asyncio.gather(*(site.cluster.terminate(unit) for unit, role in roles.items() if role == "store"))
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)
            site.commits.drain()
    return Seen(
        roles=roles,
        settled=(settled, again),
        leader=leader,
        answers=tuple(answers),
        registered=registered,
        unregistered=unregistered,
        refused=refused,
        events=tuple(read_journal(file)),
        promises=None if runtime.promises is None else frozenset(runtime.promises),
        store=topology.store,
    )


async def _call(client: Client, driver: Driver, *, via: str) -> Answer:
    """Append to the ledger until it is answered."""
    deadline_ns = driver.clock.now_ns() + int(DEADLINE_S * 1e9)
    while True:
        answer = await client.call(ACTOR, "append", {}, via=via, timeout_s=10)
        if answer.outcome == "ok" or driver.clock.now_ns() > deadline_ns:
            return answer
        await driver.clock.sleep(0.1)


async def _shown(hosts: set[str], file: Path, driver: Driver) -> None:
    """Wait until the view has journaled these hosts: it asks at times of its own, so `settled` may see them first."""
    deadline_ns = driver.clock.now_ns() + int(DEADLINE_S * 1e9)
    while driver.clock.now_ns() <= deadline_ns:
        tables = [event for event in read_journal(file) if isinstance(event, ev.TableObserved) and event.leader]
        if tables and set(tables[-1].hosts) == hosts:
            return
        await driver.clock.sleep(0.1)


async def _stop(site: Site, runtime: Runtime, *, of: str = "") -> None:
    """Stop what stands before hosts, then hosts."""
    for role in ("sidecar", "app"):
        units = [
            unit
            for unit in site.cluster.units()
            if unit.startswith(of)
            and runtime.role(unit) == role
            and site.cluster.state(unit).status is UnitStatus.RUNNING
        ]
        await asyncio.gather(*(site.cluster.terminate(unit) for unit in units))
