"""Executor: performs a plan's steps on a cluster. It records what went wrong with a step and never raises for it.

Only a history that can't be written, or a fault of the harness itself, is raised.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Sequence

import msgspec

from actorproof.harness.errors import ActorproofError, JournalError
from actorproof.harness.faults.nemesis import Nemesis
from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock
from actorproof.harness.request import Requests
from actorproof.harness.subjects.timers import CALLBACK
from actorproof.harness.workload.callers import CALL_TIMEOUT_S
from actorproof.harness.workload.client import Answer, Client, PlainClient
from actorproof.harness.workload.own_load import Repertoire
from actorproof.harness.workload.step import (
    AnyStep,
    Burst,
    Forget,
    Heal,
    Inject,
    Populate,
    Remind,
    Settle,
    StartLoad,
    StartTimer,
    StopLoad,
    StopTimer,
    Wait,
    Walk,
    payload_text,
)
from actorproof.harness.workload.traffic import BALANCES, Traffic

REGISTER_TIMEOUT_S = 10.0
OPEN_TIMEOUT_S = 20.0
FILLER = "filler-"
POPULATED = 250  # calls between two notes of how far it is
LONGEST_NAME = 120  # of a request in a sentence about it
# The first stranger comes when the chain's first turn has begun, the others after it, one a hold. Each waits for as
# long as it may take to be sure that nobody lets it in (see properties/guarantees/execution/reentrancy.py).
STRANGER_AFTER_S = 0.1
STRANGER_PATIENCE_S = 8.0


class Executor:
    """Performs steps in the order in which they come; bursts and registrations go on in the background.

    Steps that could not be done are journaled as trouble, in plain words. With a `repertoire`, bursts call actors of an
    application of a user's own in place of ours.
    """

    def __init__(
        self,
        *,
        nemesis: Nemesis,
        hosts: Sequence[str],
        seed: int,
        requests: Requests,
        journal: Journal,
        clock: Clock,
        settled: Callable[[float], Awaitable[bool]],
        note: Callable[[str], None],
        repertoire: Repertoire | None = None,
    ) -> None:
        self._repertoire = repertoire
        self._nemesis = nemesis
        self._hosts = tuple(hosts)
        self._seed = seed
        self._rng = random.Random(f"{seed}/executor")  # noqa: S311 - a reproducible choice, no secret
        self._requests = requests
        self._journal = journal
        self._clock = clock
        self._settled = settled
        self._note = note
        self._tasks: set[asyncio.Task[None]] = set()
        self._clients = 0
        self._registered: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._timers: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._loads: dict[str, Traffic] = {}
        self._reminded = False
        self._refused: set[tuple[ev.Action, str]] = set()
        self._ledgers: set[str] = set()
        self.performed: list[AnyStep] = []
        self._failure: BaseException | None = None

    async def perform(self, step: AnyStep) -> None:
        """Perform one step. JournalError when the history can't be written any more.

        What went wrong in the background is raised here too, or in `drained`: the first of it.
        """
        self._raise_failure()
        self.performed.append(step)
        try:
            await self._perform(step)
        except JournalError:
            # Without a history there is nothing to go on for.
            raise
        except ActorproofError as error:
            self._trouble(f"{_what(step)}: {error}")

    async def _perform(self, step: AnyStep) -> None:
        match step:
            case Wait():
                await self._clock.sleep(step.for_s)
            case Inject():
                self._note(f"{step.verb} {step.target}")
                await self._nemesis.inject(step.id, step.fault())
            case Heal():
                await self._nemesis.heal(step.id)
            case Burst():
                if step.actor.startswith("Ledger/"):
                    self._ledgers.add(step.actor)
                for number in range(step.callers):
                    self._spawn(self._call(step, number))
            case Populate():
                await self._populate(step)
            case Walk():
                self._spawn(self._walk(step))
                for actor in dict.fromkeys((step.actor, *step.route)):
                    for number in range(step.strangers):
                        after_s = STRANGER_AFTER_S + number * step.hold_s
                        self._spawn(self._visit(actor, step.hold_s, after_s=after_s))
            case Remind():
                self._reminded = True
                earlier = self._registered.get((step.actor, step.name))
                self._registered[step.actor, step.name] = self._spawn(self._remind(step, earlier))
            case Forget():
                self._spawn(self._forget(step))
            case StartTimer():
                before = self._timers.get((step.actor, step.name))
                self._timers[step.actor, step.name] = self._spawn(self._start_timer(step, before))
            case StopTimer():
                self._spawn(self._stop_timer(step))
            case StartLoad():
                await self._start_load(step)
            case StopLoad():
                await self._stop_load(step.id)
            case Settle():
                if not await self._settled(step.timeout_s):
                    self._trouble(f"settle: the cluster did not agree with itself within {step.timeout_s:g} s")

    @property
    def ledgers(self) -> tuple[str, ...]:
        """The ledgers that bursts and loads appended to."""
        return tuple(sorted(self._ledgers))

    async def forget_all(self, settle_s: float) -> None:
        """Unregister every reminder and timer that still is, after letting them fire for another `settle_s`.

        If any was ever registered: one that fires although it was unregistered is to be seen, too.
        """
        if self._reminded or self._timers:
            await self._clock.sleep(settle_s)
        for actor, name in list(self._registered):
            await self.perform(Forget(actor=actor, name=name))
        for actor, name in list(self._timers):
            await self.perform(StopTimer(actor=actor, name=name))

    async def stop_loads(self) -> None:
        """Stop every load that is still going on."""
        for id_ in list(self._loads):
            await self.perform(StopLoad(id=id_))

    async def drained(self) -> None:
        """Wait until everything that steps started has ended; each has a deadline of its own.

        Raises the first thing that went wrong with any of it.
        """
        while self._tasks:
            await asyncio.wait(self._tasks)
        self._raise_failure()

    def _spawn(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            # Asked for every task: asyncio tells of an exception that nobody asked for.
            failure = task.exception()
            self._failure = self._failure or failure

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _trouble(self, text: str) -> None:
        self._journal.write(ev.Troubled, text=text)

    def _tell_refused(self, action: ev.Action, what: str, answer: Answer) -> None:
        """Say once of each request that the runtime refuses it: nothing of it was done, so nothing is damaged."""
        what = what if len(what) <= LONGEST_NAME else f"{what[:LONGEST_NAME]}..."
        if answer.refused and (action, what) not in self._refused:
            self._refused.add((action, what))
            self._journal.write(ev.InputRefused, action=action, text=what, reason=answer.reason)

    def _client(self) -> Client:
        self._clients += 1
        return Client(f"step-{self._clients}", requests=self._requests, journal=self._journal)

    async def _call(self, step: Burst, number: int) -> None:
        if step.after_s:
            await self._clock.sleep(step.after_s)
        if self._repertoire is not None:
            await self._call_own(step, self._repertoire)
            return
        gives_up = step.give_up_s is not None and (number % 2 == 1 or step.callers == 1)
        via = self._rng.choice(self._hosts)
        answer = await self._client().call(
            step.actor,
            step.method,
            {"hold_s": step.hold_s, **({"by": 1} if step.method == "add" else {}), **step.args},
            via=via,
            timeout_s=step.give_up_s if gives_up and step.give_up_s else CALL_TIMEOUT_S,
            gives_up=gives_up,
            body=step.body if step.json is None else msgspec.Raw(step.json.encode()),
        )
        self._tell_refused("call", f"{step.method} of {step.actor}", answer)

    async def _populate(self, step: Populate) -> None:
        """Ask the actors in their order, each by the next caller that is free."""
        begun_ns = self._clock.now_ns()
        numbers = iter(range(step.first, step.first + step.count))
        done = 0

        async def caller(number: int) -> None:
            nonlocal done
            client = Client(
                f"{FILLER}{step.method}-{step.first}-{number}", requests=self._requests, journal=self._journal
            )
            for at in numbers:
                via = self._rng.choice(self._hosts)
                if step.method == "remind":
                    after_s = step.due_s + step.spread_s * (at - step.first) / step.count
                    due_s = max(0.0, after_s - (self._clock.now_ns() - begun_ns) / 1e9)
                    asked = Remind(actor=f"Recorder/c{at}", name="once", due_s=due_s)
                    schedule = asked.schedule(wall_ns=self._clock.wall_ns())
                    await client.register_reminder(
                        asked.actor, asked.name, schedule, via=via, timeout_s=REGISTER_TIMEOUT_S
                    )
                else:
                    args = {"value": f"{at}:".ljust(step.size_bytes, "x")} if step.method == "write" else {}
                    await client.call(f"Register/c{at}", step.method, args, via=via, timeout_s=CALL_TIMEOUT_S)
                done += 1
                if done % POPULATED == 0:
                    self._note(f"{step.method} {done:,} of {step.count:,} actors")

        await asyncio.gather(*(caller(number) for number in range(step.callers)))
        self._reminded = self._reminded or step.method == "remind"
        self._note(f"{step.method} {done:,} of {step.count:,} actors")

    async def _start_load(self, step: StartLoad) -> None:
        traffic = Traffic(
            step.load,
            hosts=self._hosts,
            seed=self._seed,
            requests=self._requests,
            journal=self._journal,
            clock=self._clock,
            prefix=f"{step.id}-",
        )
        if "accounts" in step.load.mix:
            for actor in traffic.accounts:
                await self._open(actor)
        self._ledgers.update(traffic.ledgers)
        self._loads[step.id] = traffic
        traffic.start()

    async def _stop_load(self, id_: str) -> None:
        traffic = self._loads.pop(id_, None)
        if traffic is not None:
            await traffic.stop()
            await traffic.stop_probes()

    async def _open(self, actor: str) -> None:
        """Open an account; each attempt is an operation of its own in the history."""
        client, deadline_ns = self._client(), self._clock.now_ns() + int(OPEN_TIMEOUT_S * 1e9)
        while self._clock.now_ns() < deadline_ns:
            via = self._rng.choice(self._hosts)
            answer = await client.call(actor, "open", {"balances": BALANCES}, via=via, timeout_s=5.0)
            if answer.outcome == "ok":
                return
            await self._clock.sleep(0.1)
        self._trouble(f"start load: {actor} does not answer within {OPEN_TIMEOUT_S:g} s")

    async def _call_own(self, step: Burst, repertoire: Repertoire) -> None:
        call = repertoire.call(self._rng, step.actor.replace("/", "-"))
        self._clients += 1
        client = PlainClient(
            f"step-{self._clients}",
            requests=self._requests,
            journal=self._journal,
            invariants=repertoire.invariants,
        )
        via = self._rng.choice(self._hosts)
        answer = await client.call(call.actor, call.method, call.args, via=via, timeout_s=CALL_TIMEOUT_S)
        self._tell_refused("call", f"{call.method} of {call.actor.partition('/')[0]}", answer)

    async def _walk(self, step: Walk) -> None:
        await self._client().call(
            step.actor,
            "walk",
            {"route": step.route, "hold_s": step.hold_s, "patience_s": step.patience_s},
            via=self._rng.choice(self._hosts),
            timeout_s=CALL_TIMEOUT_S,
        )
        for actor in dict.fromkeys((step.actor, *step.route)):
            self._spawn(self._visit(actor, step.hold_s))

    async def _visit(self, actor: str, hold_s: float, *, after_s: float = 0.0) -> None:
        via = self._rng.choice(self._hosts)
        await self._clock.sleep(after_s)
        await self._client().call(
            actor, "walk", {"hold_s": hold_s}, via=via, timeout_s=STRANGER_PATIENCE_S, gives_up=True
        )

    async def _remind(self, step: Remind, earlier: asyncio.Task[None] | None) -> None:
        if earlier is not None:
            await asyncio.wait({earlier})
        schedule = step.schedule(wall_ns=self._clock.wall_ns())
        answer = await self._client().register_reminder(
            step.actor, step.name, schedule, via=self._rng.choice(self._hosts), timeout_s=REGISTER_TIMEOUT_S
        )
        self._tell_refused("register-reminder", f"{step.name} of {step.actor}", answer)

    async def _forget(self, step: Forget) -> None:
        registration = self._registered.pop((step.actor, step.name), None)
        if registration is not None:
            await asyncio.wait({registration})
        await self._client().unregister_reminder(
            step.actor, step.name, via=self._rng.choice(self._hosts), timeout_s=REGISTER_TIMEOUT_S
        )

    async def _start_timer(self, step: StartTimer, earlier: asyncio.Task[None] | None) -> None:
        if earlier is not None:
            await asyncio.wait({earlier})
        carried = {"timer": step.name, "hold_s": step.hold_s, "fail_every": step.fail_every}
        data = payload_text({**carried, "saves": True} if step.saves else carried, step.data_json)
        asked: dict[str, object] = {
            "name": step.name,
            "due_s": step.due_s,
            "period_s": step.period_s,
            "repetitions": step.repetitions,
            "ttl_s": step.ttl_s,
            "callback": CALLBACK,
        }
        said = {"forms": step.forms, "texts": step.texts}
        asked |= {name: value for name, value in said.items() if value}
        if data is not None:
            asked["data"] = msgspec.Raw(data.encode())
        answer = await self._client().call(
            step.actor, "start", asked, via=self._rng.choice(self._hosts), timeout_s=REGISTER_TIMEOUT_S
        )
        self._tell_refused("register-timer", f"{step.name} of {step.actor}", answer)

    async def _stop_timer(self, step: StopTimer) -> None:
        registration = self._timers.pop((step.actor, step.name), None)
        if registration is not None:
            await asyncio.wait({registration})
        await self._client().call(
            step.actor, "stop", {"name": step.name}, via=self._rng.choice(self._hosts), timeout_s=REGISTER_TIMEOUT_S
        )


def _what(step: AnyStep) -> str:
    match step:
        case Inject():
            return f"inject {step.id}"
        case Heal():
            return f"heal {step.id}"
        case _:
            return type(step).__name__.lower()
