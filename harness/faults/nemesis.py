"""Nemesis: injects faults, proves that they took effect, and heals them.

Every fault has three events: started, took (with its evidence) and healed. A fault that shows no effect within its
deadline is journaled as missed, and healed all the same.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

import msgspec

from actorproof.harness.cluster.port import Cluster, Exchange, Machines, Toxic, UnitStatus
from actorproof.harness.errors import ActorproofError, ClusterError, FaultError, JournalError, UsageError
from actorproof.harness.faults.fault import LINK_VERBS, MACHINE_VERBS, Fault, Verb
from actorproof.harness.faults.kind import KINDS
from actorproof.harness.faults.machines import MachineFaults
from actorproof.harness.faults.target import Resolved, resolve
from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock

# A link that works answers within this; one that is held up has to stay silent for as long.
PROOF_TIMEOUT_S = 1.0
# A mended link has to answer within this, however many tries it takes.
MEND_TIMEOUT_S = 5.0
MEND_POLL_S = 0.1
# How often the nemesis looks for units that ended by themselves.
KEEP_S = 0.5
# A limit or a slice has to cost at least this share of what it should: the rest is rounding in the proxy's timers.
PROOF_SHARE = 0.5
# The placement replica that leads, by the runtime's own view.
LEADER = "placement:leader"


@dataclass(slots=True, kw_only=True)
class Injected:
    """A fault that is in place.

    Attributes:
        proved: whether its effect was seen.
        led: the placement replica that led when it was injected, where that is what was meant.
    """

    id: str
    fault: Fault
    resolved: Resolved
    led: str | None = None
    proved: bool = False
    baseline: dict[str, Exchange] = field(default_factory=dict)


class Nemesis:
    """Works on one cluster. Faults on different targets may be in place at the same time; verbs are serialised."""

    def __init__(
        self,
        *,
        cluster: Cluster,
        journal: Journal,
        clock: Clock,
        leader: Callable[[], Awaitable[str | None]],
        machines: Machines | None = None,
    ) -> None:
        self._cluster = cluster
        self._journal = journal
        self._clock = clock
        self._leader = leader
        self._machines = None if machines is None else MachineFaults(machines, clock)
        self._active: dict[str, Injected] = {}
        self._lock = asyncio.Lock()
        self.injected = 0
        self.missed = 0

    @property
    def active(self) -> tuple[str, ...]:
        """Ids of the faults that are in place, oldest first."""
        return tuple(self._active)

    async def inject(self, id_: str, fault: Fault) -> Injected:
        """Inject a fault under a unique id. UsageError for an unknown target, FaultError when `id_` is taken."""
        async with self._lock:
            if id_ in self._active:
                raise FaultError(f"fault {id_} is in place already")
            resolved = await self._resolve(fault)
            led = next(iter(resolved.units), None) if fault.target == LEADER else None
            injected = Injected(id=id_, fault=fault, resolved=resolved, led=led)
            if fault.verb in LINK_VERBS:
                for link in resolved.links:
                    injected.baseline[link] = await self._exchange(link)
            self._journal.write(
                ev.FaultStarted,
                fault=id_,
                verb=str(fault.verb),
                target=fault.target,
                units=resolved.units,
                links=resolved.links,
                params=_params(fault),
                traits=KINDS[fault.verb].traits,
            )
            self._active[id_] = injected
            self.injected += 1
            try:
                evidence = await self._disturb(injected)
            except ActorproofError as error:
                self.missed += 1
                self._journal.write(ev.FaultMissed, fault=id_, reason=str(error))
            else:
                injected.proved = True
                if led is not None:
                    evidence.append(f"{led} led")
                self._journal.write(ev.FaultTook, fault=id_, evidence=tuple(evidence))
            return injected

    async def heal(self, id_: str) -> None:
        """Heal the fault `id_`; nothing happens when it is not in place. ClusterError when it can't be healed: it
        stays in place then, for another try.

        What it stopped runs again when this returns. Readiness is awaited only when no other fault is in place, and a
        unit that does not get ready, or a link that does not answer, is no error here: it is for the recovery check
        to judge.
        """
        async with self._lock:
            injected = self._active.get(id_)
            if injected is None:
                return
            alone = len(self._active) == 1
            evidence: list[str] = []
            leads = await self._successor(injected)
            if injected.fault.verb in MACHINE_VERBS:
                evidence = await self._on_machines(injected.fault).heal(injected.fault, injected.resolved)
                # What ended meanwhile, by itself or for want of memory, comes back.
                evidence += await self._revive(injected.resolved.units, strict=False, patient=alone)
            elif injected.resolved.links:
                for link in injected.resolved.links:
                    await self._cluster.mend(link)
                    evidence.append(await self._mended(link, patient=alone))
            elif injected.fault.verb is Verb.ADD:
                # A host that never came up, or died since, is gone already.
                with contextlib.suppress(FaultError):
                    evidence = await self._stop(injected.resolved.units, graceful=True)
            else:
                evidence = await self._revive(injected.resolved.units, strict=False, patient=alone)
            del self._active[id_]
            self._journal.write(ev.FaultHealed, fault=id_, evidence=(*leads, *evidence))

    async def _successor(self, injected: Injected) -> tuple[str, ...]:
        """What the runtime says of who leads instead of a leader that is away; nothing where no other replica could."""
        if injected.led is None or sum(unit.startswith("placement-") for unit in self._cluster.units()) == 1:
            return ()
        leads = await self._leader()
        return (f"{leads} leads, {injected.led} did" if leads else f"no placement replica leads, {injected.led} did",)

    async def keep(self) -> None:
        """Start again, until cancelled, what ended by itself and no fault wants down, as a supervisor would.

        A placement replica that was the leader exits by itself when it is resumed and finds that it leads no longer
        (Dapr 1.18.2, "lost leadership").
        """
        while True:
            await self._clock.sleep(KEEP_S)
            async with self._lock:
                for unit in self._cluster.units():
                    if self._cluster.state(unit).status is UnitStatus.EXITED and self._wanted(unit):
                        with contextlib.suppress(ClusterError):
                            await self._cluster.start(unit, wait_ready=False)

    def _wanted(self, unit: str) -> bool:
        touching = [injected for injected in self._active.values() if unit in injected.resolved.units]
        if self._cluster.initial(unit):
            return not touching
        return bool(touching) and all(injected.fault.verb is Verb.ADD for injected in touching)

    async def heal_all(self) -> None:
        """Heal what is in place: links first, then the control plane and the store, then hosts.

        What can't be healed is tried once more after the rest. ClusterError when something stays in place even so.
        """
        failures: list[str] = []
        for _ in range(2):
            failures = []
            for id_ in sorted(self._active, key=lambda i: self._urgency(self._active[i])):
                try:
                    await self.heal(id_)
                except JournalError:
                    raise
                except ActorproofError as error:
                    failures.append(f"{id_}: {error}")
                    self._journal.write(ev.Troubled, text=f"heal {id_}: {error}")
        if failures:
            raise ClusterError(f"{len(failures)} faults can't be healed: {'; '.join(failures)}")

    def _urgency(self, injected: Injected) -> int:
        return 0 if injected.resolved.links else 2 if "/" in "".join(injected.resolved.units) else 1

    async def _resolve(self, fault: Fault) -> Resolved:
        units, links, leader = self._cluster.units(), self._cluster.links(), await self._leader()
        if fault.verb in MACHINE_VERBS:
            return self._on_machines(fault).resolve(fault, units=units, links=links, leader=leader)
        return resolve(fault.target, units=units, links=links, leader=leader)

    async def _disturb(self, injected: Injected) -> list[str]:
        if injected.fault.verb in MACHINE_VERBS:
            return await self._on_machines(injected.fault).disturb(injected.fault, injected.resolved)
        return await (self._disturb_link(injected) if injected.resolved.links else self._disturb_units(injected))

    def _on_machines(self, fault: Fault) -> MachineFaults:
        if self._machines is None:
            raise UsageError(
                f"fault {fault.verb} on {fault.target} needs hosts with a machine each: choose --driver docker"
            )
        return self._machines

    # ---- units

    async def _disturb_units(self, injected: Injected) -> list[str]:
        units = injected.resolved.units
        match injected.fault.verb:
            case Verb.KILL:
                return await self._stop(units, graceful=False)
            case Verb.TERMINATE | Verb.REMOVE:
                return await self._stop(units, graceful=True)
            case Verb.RESTART:
                return [*await self._stop(units, graceful=False), *await self._revive(units)]
            case Verb.PAUSE:
                running = [u for u in units if self._cluster.state(u).status is UnitStatus.RUNNING]
                _require(running, f"nothing of {injected.fault.target} runs")
                await asyncio.gather(*(self._cluster.pause(unit) for unit in running))
                return [f"{unit} pid {self._cluster.state(unit).pid}: every thread stopped" for unit in running]
            case Verb.ADD:
                _require(
                    all(self._cluster.state(u).status in {UnitStatus.ABSENT, UnitStatus.EXITED} for u in units),
                    f"{injected.fault.target} runs already",
                )
                return await self._revive(units)
            case verb:
                raise FaultError(f"{verb} does not act on units")

    async def _stop(self, units: Iterable[str], *, graceful: bool) -> list[str]:
        alive = [u for u in units if self._cluster.state(u).status in {UnitStatus.RUNNING, UnitStatus.PAUSED}]
        _require(alive, f"nothing of {', '.join(units)} runs")
        pids = {unit: self._cluster.state(unit).pid for unit in alive}
        if graceful:
            # As a pod is stopped: the sidecar first, so that the application outlives the sidecar's last call.
            for unit in alive:
                await self._cluster.terminate(unit)
        else:
            await asyncio.gather(*(self._cluster.kill(unit) for unit in alive))
        return [f"{unit} pid {pids[unit]} is gone" for unit in alive]

    async def _revive(self, units: Iterable[str], *, strict: bool = True, patient: bool = True) -> list[str]:
        """Run again what does not run. Unless `strict`, what does not get ready is only told of, and unless `patient`
        it is not waited for.
        """
        evidence: list[str] = []
        # The application listens before its sidecar asks it for its actor types; replicas need each other to be ready.
        wanted = sorted(units, key=lambda unit: unit.endswith("/sidecar"))
        for unit in wanted:
            match self._cluster.state(unit).status:
                case UnitStatus.PAUSED:
                    await self._cluster.resume(unit)
                case UnitStatus.ABSENT | UnitStatus.EXITED:
                    await self._cluster.start(unit, wait_ready=False)
                    if unit.endswith("/app"):
                        try:
                            await self._cluster.ready(unit)
                        except ClusterError:
                            # Its sidecar is started all the same; below it is asked again, and told of.
                            if strict:
                                raise
                case UnitStatus.RUNNING:
                    pass
        for unit in wanted:
            if not strict and not patient:
                evidence.append(f"{unit} pid {self._cluster.state(unit).pid} runs")
                continue
            try:
                await self._cluster.ready(unit)
                evidence.append(f"{unit} pid {self._cluster.state(unit).pid} is ready")
            except ClusterError as error:
                if strict:
                    raise
                evidence.append(f"{unit} is not ready: {error}")
        return evidence

    # ---- links

    async def _disturb_link(self, injected: Injected) -> list[str]:
        evidence = []
        for link in injected.resolved.links:
            before = injected.baseline[link]
            await self._apply(link, injected.fault)
            during = await self._exchange(link)
            _judge(injected.fault, link, before, during)
            evidence.append(f"{link}: before {before}; under {injected.fault.verb} {during}")
        return evidence

    async def _mended(self, link: str, *, patient: bool) -> str:
        """What a mended link answers; asked again until it answers or the deadline is over, unless not `patient`."""
        deadline_ns = self._clock.now_ns() + int(MEND_TIMEOUT_S * 1e9)
        while True:
            after = await self._exchange(link)
            if after.ending == "answered":
                return f"{link} {after}"
            if not patient:
                return f"{link} does not answer while other faults are in place: {after}"
            if self._clock.now_ns() > deadline_ns:
                return f"{link} does not answer within {MEND_TIMEOUT_S:g} s: {after}"
            await self._clock.sleep(MEND_POLL_S)

    async def _apply(self, link: str, fault: Fault) -> None:
        both = ("upstream", "downstream")
        match fault.verb:
            case Verb.CUT:
                await self._cluster.cut(link)
            case Verb.RESET:
                await self._toxic(link, "reset_peer", both[1:], timeout=0)
            case Verb.SWALLOW:
                await self._toxic(link, "timeout", both, timeout=0)
            case Verb.STALL:
                await self._toxic(link, "bandwidth", both, rate=0)
            case Verb.DELAY:
                await self._toxic(link, "latency", both, latency=fault.delay_ms, jitter=fault.jitter_ms)
            case Verb.LIMIT:
                await self._toxic(link, "bandwidth", both, rate=fault.rate_kbps)
            case Verb.SLICE:
                await self._toxic(
                    link, "slicer", both, average_size=fault.slice_bytes, size_variation=0, delay=_SLICE_DELAY_US
                )
            case verb:
                raise FaultError(f"{verb} does not act on links")

    async def _toxic(self, link: str, kind: str, streams: tuple[str, ...], **attributes: int) -> None:
        for stream in streams:
            toxic = Toxic(name=f"{kind}-{stream}", kind=kind, stream=stream, attributes=tuple(attributes.items()))
            await self._cluster.add_toxic(link, toxic)

    async def _exchange(self, link: str) -> Exchange:
        return await self._cluster.exchange(link, timeout_s=PROOF_TIMEOUT_S)


_SLICE_DELAY_US = 2000


def _judge(fault: Fault, link: str, before: Exchange, during: Exchange) -> None:
    """FaultError unless the exchange shows what the fault should do."""
    expected_ms = 0.0
    match fault.verb:
        case Verb.CUT:
            shown = during.ending in {"refused", "reset", "closed"}
        case Verb.RESET:
            shown = during.ending in {"reset", "closed"}
        case Verb.SWALLOW | Verb.STALL:
            shown = during.ending == "silent" and during.received == 0
        case Verb.DELAY:
            # One way there and one way back.
            expected_ms = 2.0 * max(0, fault.delay_ms - fault.jitter_ms)
            shown = during.ending in {"answered", "silent"} and during.took_ms >= expected_ms
        case Verb.LIMIT:
            expected_ms = 2000 / (fault.rate_kbps or 1) * PROOF_SHARE
            shown = during.ending in {"answered", "silent"} and during.took_ms >= expected_ms
        case Verb.SLICE:
            expected_ms = 2000 / max(1, fault.slice_bytes) * _SLICE_DELAY_US / 1000 * PROOF_SHARE
            shown = during.ending in {"answered", "silent"} and during.took_ms >= max(expected_ms, before.took_ms)
        case _:
            shown = False
    if not shown:
        raise FaultError(f"{fault.verb} on {link} shows no effect: before {before}, under it {during}")


def _require(condition: object, message: str) -> None:
    if not condition:
        raise FaultError(message)


def _params(fault: Fault) -> str:
    match fault.verb:
        case Verb.DELAY:
            chosen = {"delay_ms": fault.delay_ms, "jitter_ms": fault.jitter_ms}
        case Verb.LIMIT:
            chosen = {"rate_kbps": fault.rate_kbps}
        case Verb.SLICE:
            chosen = {"slice_bytes": fault.slice_bytes}
        case Verb.STARVE:
            chosen = {"memory_mb": fault.memory_mb}
        case Verb.THROTTLE:
            chosen = {"cpu_percent": fault.cpu_percent}
        case _:
            chosen = {}
    return msgspec.json.encode(chosen).decode()
