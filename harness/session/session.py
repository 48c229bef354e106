"""Session: one scenario on one cluster, from nothing to a whole history.

In this order: cluster up, canary, load, plan, everything healed, actors answer, load stopped, quiet, final states
read, clients closed, sidecars and applications stopped, logs whole, everything down.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from actorproof.harness.application.last_words import last_words
from actorproof.harness.cluster.blueprint import Role
from actorproof.harness.cluster.port import UnitStatus
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.drivers.port import Driver, Site
from actorproof.harness.errors import ApplicationError, ClusterError, JournalError
from actorproof.harness.faults.nemesis import Nemesis
from actorproof.harness.history import events as ev
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.history.journal import Journal, identify, journal_name
from actorproof.harness.ports import Clock
from actorproof.harness.progress import Progress
from actorproof.harness.request import Addressed
from actorproof.harness.runtimes import registry
from actorproof.harness.runtimes.port import Runtime
from actorproof.harness.session.configuration import said
from actorproof.harness.session.final import read_state
from actorproof.harness.session.fit import lasting_s, planned, topology_of
from actorproof.harness.session.gate import Gate
from actorproof.harness.session.heartbeat import beat
from actorproof.harness.session.memory import remember
from actorproof.harness.session.opening import open_history
from actorproof.harness.session.scenario import Options, Scenario
from actorproof.harness.workload.client import Client
from actorproof.harness.workload.executor import Executor
from actorproof.harness.workload.own_load import OwnTraffic, Repertoire, first_answers
from actorproof.harness.workload.script.client_link import ClientLink
from actorproof.harness.workload.script.script_load import ScriptLoad
from actorproof.harness.workload.step import (
    AnyStep,
    Plan,
    Wait,
)
from actorproof.harness.workload.traffic import BALANCES, Traffic
from actorproof.harness.workload.written import WrittenScenario
from actorproof.plural import some

# How long actors may take to answer after the last heal before the run goes on without them. Above every budget of
# the recovery guarantee, so that the verdict is the checker's and not this module's.
ANSWER_TIMEOUT_S = 75.0
QUIET_TIMEOUT_S = 30.0
FINAL_TIMEOUT_S = 180.0
LEDGER_TIMEOUT_S = 20.0
SETUP_TIMEOUT_S = 180.0
POLL_S = 0.1
CANARY_CALLS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a session went: what was done. What could not be done stands in the history, as trouble."""

    plan: Plan
    operations: int
    faults: int
    missed: int


async def conduct(
    scenario: Scenario,
    options: Options,
    *,
    run: str,
    folder: RunFolder,
    driver: Driver,
    progress: Progress,
    plan: Plan | None = None,
    by_hand: AsyncIterator[AnyStep] | None = None,
    at_rest: Callable[[], None] = lambda: None,
) -> Outcome:
    """Run a scenario and leave its raw history in `folder`. Whatever happens, nothing that was started stays.

    The `plan` is made here where it is not given. With `by_hand`, the steps that it brings are done as they come,
    instead of the scenario's, until it ends. `at_rest` is called when faults are healed and the load has ended, and
    what is left is to wait for what is still due.
    Raises ClusterError when the cluster does not come up, JournalError when the history can't be written.
    """
    topology = topology_of(scenario, options)
    plan = planned(scenario, options) if plan is None else plan
    identify(folder.raw, f"{run} {scenario.name}")
    path = folder.raw / "harness.jsonl"
    with Journal.open(path, process="harness", clock=driver.clock, origin=driver.origin) as journal:
        async with driver.site(topology, folder=folder, journal=journal) as site:
            open_history(journal, scenario, options, topology, run=run, runtime=driver.runtime)
            session = _Session(
                scenario=scenario,
                options=options,
                topology=topology,
                site=site,
                journal=journal,
                clock=driver.clock,
                progress=progress,
                folder=folder,
                runtime=registry.runtime(driver.runtime),
                by_hand=by_hand,
                at_rest=at_rest,
            )
            return await session.conduct(plan)


class _Session:
    """The stages of one run, in order; see the module."""

    def __init__(
        self,
        *,
        scenario: Scenario,
        options: Options,
        topology: Topology,
        site: Site,
        journal: Journal,
        clock: Clock,
        progress: Progress,
        folder: RunFolder,
        runtime: Runtime,
        by_hand: AsyncIterator[AnyStep] | None,
        at_rest: Callable[[], None],
    ) -> None:
        self._runtime = runtime
        self._at_rest = at_rest
        self._by_hand = by_hand
        self._scenario = scenario
        self._options = options
        self._topology = topology
        self._cluster = site.cluster
        self._journal = journal
        self._clock = clock
        self._progress = progress
        self._folder = folder
        self._view = site.view
        self._commits = site.commits
        self._hosts = tuple(f"host-{n}" for n in range(1, topology.hosts + 1))
        self._transport = site.transport
        self._requests = Addressed(site.transport, runtime.api)
        self._nemesis = Nemesis(
            cluster=site.cluster,
            journal=journal,
            clock=clock,
            leader=site.view.leader,
            machines=site.machines,
            volumes=site.volumes,
            workers=site.workers,
        )
        application = topology.application
        self._repertoire = Repertoire(application.methods) if application else None
        self._executor = Executor(
            repertoire=self._repertoire,
            nemesis=self._nemesis,
            hosts=self._hosts,
            seed=options.seed,
            requests=self._requests,
            journal=journal,
            clock=clock,
            settled=site.view.settled,
            note=self._note,
        )
        self._traffic = self._driver_of_load()
        self._observers: list[asyncio.Task[None]] = []

    def _driver_of_load(self) -> Traffic | OwnTraffic | ScriptLoad:
        """Who calls actors: our clients, our clients by the methods of an application, or a script of its owner's."""
        options, application = self._options, self._topology.application
        load = self._scenario.load
        if options.clients is not None:
            load = replace(load, clients=options.clients)
        if options.fault_rate == "off":
            # A caller that gives up is a disturbance too: a quiet run has none.
            load = replace(load, fickle=0)
        requests, journal, clock = self._requests, self._journal, self._clock
        if application is None or self._repertoire is None:
            return Traffic(load, hosts=self._hosts, seed=options.seed, requests=requests, journal=journal, clock=clock)
        if application.load:
            load = replace(load, clients=0, fickle=0, probes=load.probes if self._repertoire.reads else 0)
        own = OwnTraffic(
            load,
            self._repertoire,
            hosts=self._hosts,
            idle_timeout_s=math.inf if application.load else self._topology.idle_timeout_s,
            seed=options.seed,
            requests=requests,
            journal=journal,
            clock=clock,
        )
        if not application.load:
            return own
        link = ClientLink(
            hosts=self._hosts,
            transport=self._transport,
            requests=requests,
            invariants=self._repertoire.invariants,
            journal=journal,
        )
        return ScriptLoad(application, probes=own, link=link, logs=self._folder.logs, clock=clock)

    async def conduct(self, plan: Plan) -> Outcome:
        self._progress.phase(
            f"starting {some(self._topology.hosts, 'host')} on {self._runtime.title} {self._topology.version}"
        )
        if self._scenario.configure is not None:
            self._progress.phase(f"drawn: {said(self._topology)}")
        try:
            await self._cluster.up()
            self._observers = [
                asyncio.create_task(work)
                for work in (
                    self._view.run(),
                    self._commits.run(),
                    beat(self._journal, self._clock),
                    self._nemesis.keep(),
                    self._tell(),
                    self._watch_journal(),
                    *([remember(self._journal, self._clock, self._cluster)] if self._scenario.actors else []),
                )
            ]
            await self._unless_an_observer_fails(self._stages(plan))
        finally:
            if isinstance(self._traffic, ScriptLoad):
                await self._traffic.stop()
            await self._transport.close()
            for observer in self._observers:
                observer.cancel()
            failures = await asyncio.gather(*self._observers, return_exceptions=True)
        for failure in failures:
            if isinstance(failure, Exception):
                raise failure
        await self._close()
        return Outcome(
            plan=Plan(steps=tuple(self._executor.performed)),
            operations=self._traffic.operations,
            faults=self._nemesis.injected,
            missed=self._nemesis.missed,
        )

    # ---- stages

    async def _stages(self, plan: Plan) -> None:
        """Everything that is done to the cluster while it is up and looked at."""
        await self._prepare()
        self._phase("load")
        self._progress.phase(f"load and faults of {self._scenario.name}")
        self._traffic.start()
        await self._disturb(plan, duration_s=lasting_s(self._scenario, self._options))
        await self._recover()
        await self._rest()
        await self._read_final()

    async def _prepare(self) -> None:
        """The cluster answers; accounts are open; the canary has sung."""
        client = Client("setup", requests=self._requests, journal=self._journal)
        for actor in self._traffic.accounts:
            await self._insist(client, actor, "open", {"balances": BALANCES})
        self._phase("ready")
        if isinstance(self._traffic, ScriptLoad):
            await self._traffic.begin()
            return
        if self._repertoire is not None:  # the witness has a canary of its own
            try:
                await first_answers(
                    self._repertoire,
                    hosts=self._hosts,
                    requests=self._requests,
                    journal=self._journal,
                    clock=self._clock,
                    trouble=self._trouble,
                )
            except ApplicationError as error:
                logs = self._folder.logs
                raise ApplicationError(f"{error}; {last_words(*logs.glob('*_app.*.log'))}; more in {logs}") from error
            return
        for _ in range(CANARY_CALLS):
            await self._insist(client, "Canary/c0", "append", {})
            await self._insist(client, "Canary/c0", "add", {"by": 1, "hold_s": 0.02})

    async def _insist(self, client: Client, actor: str, method: str, args: dict[str, object]) -> None:
        """Call until it is answered; each attempt is an operation of its own in the history."""
        deadline_ns = self._clock.now_ns() + int(SETUP_TIMEOUT_S * 1e9)
        for attempt in range(1_000_000):
            via = self._hosts[attempt % len(self._hosts)]
            answer = await client.call(actor, method, args, via=via, timeout_s=5.0)
            if answer.outcome == "ok":
                return
            if self._clock.now_ns() > deadline_ns:
                raise ClusterError(
                    f"{actor} does not answer {method} within {SETUP_TIMEOUT_S:g} s ({answer.reason});"
                    f" look into {self._folder.logs}"
                )
            await self._clock.sleep(POLL_S)

    async def _disturb(self, plan: Plan, *, duration_s: float) -> None:
        """Perform the plan until the time is up; without faults, let the load go on for the rest of it."""
        began_ns = self._clock.now_ns()
        if self._by_hand is not None:
            self._folder.write_addresses(self._transport.addresses)
            async for step in self._timed(self._by_hand):
                await self._executor.perform(step)
            self._folder.write_plan(self._written((self._clock.now_ns() - began_ns) / 1e9))
            return
        deadline_ns = began_ns + int(duration_s * 1e9)
        gate = Gate(
            in_time=lambda: not self._scenario.timed or self._clock.now_ns() < deadline_ns,
            owed=plan.kinds & self._scenario.owed(self._options.profile).keys(),
        )
        for step in plan.steps:
            if gate.admits(step):
                await self._executor.perform(step)
        if gate.left_out and self._scenario.whole_plan:
            self._trouble(f"{some(gate.left_out, 'step')} of the plan left out, since the time was up")
        if self._options.fault_rate == "off":
            await self._clock.sleep(max(0.0, (deadline_ns - self._clock.now_ns()) / 1e9))
        self._folder.write_plan(self._written((self._clock.now_ns() - began_ns) / 1e9))

    async def _timed(self, steps: AsyncIterator[AnyStep]) -> AsyncIterator[AnyStep]:
        """Steps as they come, with a wait in the plan for each pause between them, so that it can be done again."""
        idle_ns = self._clock.now_ns()
        async for step in steps:
            pause_s = round((self._clock.now_ns() - idle_ns) / 1e9, 1)
            if pause_s:
                self._executor.performed.append(Wait(for_s=pause_s))
            yield step
            idle_ns = self._clock.now_ns()

    def _written(self, took_s: float) -> WrittenScenario:
        """What was done, as data: with a wait at its end where the load went on for longer than its steps."""
        done = WrittenScenario(
            name=self._scenario.name,
            summary=self._scenario.summary,
            guarantees=self._scenario.guarantees,
            duration_s=max(0.1, round(took_s, 1)),
            settle_reminders_s=self._scenario.settle_reminders_s,
            topology=self._topology,
            load=self._traffic.load,
            steps=tuple(self._executor.performed),
        )
        if self._options.fault_rate == "off":
            done = msgspec.structs.replace(done, steps=done.plan(took_s).steps)
        return done

    async def _recover(self) -> None:
        """Heal everything; wait until every probed actor has answered since."""
        self._progress.phase("healing, and waiting until actors answer")
        await self._nemesis.heal_all()
        self._phase("healed")
        healed_ns = self._clock.now_ns()

        def silent() -> list[str]:
            return [a for a in self._traffic.probed if self._traffic.probe_answered_ns.get(a, 0) <= healed_ns]

        if not await self._until(lambda: not silent(), timeout_s=ANSWER_TIMEOUT_S):
            self._trouble(f"no answer within {ANSWER_TIMEOUT_S:g} s of the last heal from {', '.join(silent())}")
        if not await self._view.settled(QUIET_TIMEOUT_S):
            self._trouble(f"the cluster did not agree with itself within {QUIET_TIMEOUT_S:g} s of the answers")

    async def _rest(self) -> None:
        """Stop the load; wait until no call, turn or reminder is under way."""
        self._progress.phase("load stops, calls under way end")
        await self._traffic.stop()
        await self._executor.stop_loads()
        self._at_rest()
        await self._executor.forget_all(self._scenario.settle_reminders_s)
        await self._executor.drained()
        await self._traffic.stop_probes()
        if not await self._until(self._idle, timeout_s=QUIET_TIMEOUT_S):
            self._trouble(f"turns are still open {QUIET_TIMEOUT_S:g} s after the last call ended")
        self._phase("quiet")

    async def _read_final(self) -> None:
        """Read every ledger's final state through the runtime."""
        self._progress.phase("reading final states")
        client = Client("final", requests=self._requests, journal=self._journal)
        deadline_ns = self._clock.now_ns() + int(FINAL_TIMEOUT_S * 1e9)
        ours = () if self._repertoire else (*self._traffic.ledgers, *self._executor.ledgers, "Canary/c0")
        for actor in ours:
            own_ns = min(deadline_ns, self._clock.now_ns() + int(LEDGER_TIMEOUT_S * 1e9))
            if not await read_state(client, actor, hosts=self._hosts, clock=self._clock, deadline_ns=own_ns):
                self._trouble(f"final state of {actor} can't be read")
        self._phase("final")

    async def _close(self) -> None:
        """What stands before hosts first, then hosts; the store's log is read to its end; then the history is whole."""
        self._progress.phase("stopping")
        for role in ("sidecar", "app"):
            await asyncio.gather(*(self._cluster.terminate(unit) for unit in self._running(role)))
        stores = self._running("store")
        if stores:
            await self._commits.finish()
            await asyncio.gather(*(self._cluster.terminate(unit) for unit in stores))
        self._commits.drain()
        await self._cluster.down()
        self._phase("closed")

    # ---- helpers

    def _idle(self) -> bool:
        """Whether no running application has a turn open."""
        for unit in self._running("app"):
            name = journal_name(f"{unit}#{self._cluster.state(unit).incarnation}")
            if open_turns(self._folder.raw / name):
                return False
        return True

    def _running(self, role: Role) -> list[str]:
        return [
            unit
            for unit in self._cluster.units()
            if self._runtime.role(unit) == role and self._cluster.state(unit).status is UnitStatus.RUNNING
        ]

    def _phase(self, phase: str) -> None:
        self._journal.write(ev.PhaseReached, phase=phase)

    def _trouble(self, text: str) -> None:
        self._journal.write(ev.Troubled, text=text)

    async def _until(self, condition: Callable[[], bool], *, timeout_s: float) -> bool:
        deadline_ns = self._clock.now_ns() + int(timeout_s * 1e9)
        while not condition():
            if self._clock.now_ns() > deadline_ns:
                return False
            await self._clock.sleep(POLL_S)
        return True

    def _note(self, text: str) -> None:
        self._progress.tick(operations=self._traffic.operations, faults=self._nemesis.injected, note=text)

    async def _unless_an_observer_fails(self, work: Coroutine[None, None, None]) -> None:
        """Do the work, but stop at once when an observer fails: its failure is raised when all of them are gathered."""
        stages = asyncio.create_task(work)
        pending = {stages, *self._observers}
        try:
            while not stages.done():
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                if any(task is not stages and task.exception() for task in done):
                    break
        finally:
            stages.cancel()
            await asyncio.wait({stages})
        if not stages.cancelled():
            stages.result()

    async def _watch_journal(self) -> None:
        """Fail as soon as the history can't be written any more, whoever noticed it."""
        while self._journal.failure is None:
            await self._clock.sleep(POLL_S)
        raise JournalError(self._journal.failure)

    async def _tell(self) -> None:
        while True:
            self._progress.tick(operations=self._traffic.operations, faults=self._nemesis.injected)
            await self._clock.sleep(1.0)


def open_turns(journal: Path) -> int:
    """Turns that an application's journal shows as started, and neither as ended nor as lost from sight.

    Counts lines by their tag, without decoding: exact, since quotes inside values are escaped.
    """
    data = journal.read_bytes() if journal.is_file() else b""
    over = data.count(b'"kind":"turn-ended"') + data.count(b'"kind":"turn-lost"')
    return data.count(b'"kind":"turn-started"') - over
