"""Nemesis: injects faults, proves that they took effect, and heals them, one at a time. How, their kinds know.

Every fault has three events: started, took (with its evidence) and healed. A fault that shows no effect within its
deadline is journaled as missed, and healed all the same.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import msgspec

from actorproof.harness.cluster.port import Cluster, Machines, UnitStatus, Volumes, Workers
from actorproof.harness.errors import ActorproofError, ClusterError, FaultError, JournalError
from actorproof.harness.faults.fault import Fault, Injected
from actorproof.harness.faults.ground import Ground
from actorproof.harness.history import events as ev
from actorproof.harness.history import fault_traits as traits
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock
from actorproof.plural import some

# How often the nemesis looks for units that ended by themselves.
KEEP_S = 0.5
# The placement replica that leads, by the runtime's own view.
LEADER = "placement:leader"


class Nemesis:
    """Works on one cluster. Faults on different targets may be in place at the same time; what is done to
    the cluster is done one after the other.
    """

    def __init__(
        self,
        *,
        cluster: Cluster,
        journal: Journal,
        clock: Clock,
        leader: Callable[[], Awaitable[str | None]],
        machines: Machines | None = None,
        volumes: Volumes | None = None,
        workers: Workers | None = None,
    ) -> None:
        self._ground = Ground(cluster=cluster, clock=clock, machines=machines, volumes=volumes, workers=workers)
        self._cluster = cluster
        self._journal = journal
        self._clock = clock
        self._leader = leader
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
            resolved = fault.kind.resolve(self._ground, fault, await self._leader())
            led = next(iter(resolved.units), None) if fault.target == LEADER else None
            injected = Injected(fault=fault, resolved=resolved, led=led)
            await fault.kind.baseline(self._ground, injected)
            self._journal.write(
                ev.FaultStarted,
                fault=id_,
                verb=fault.verb,
                target=fault.target,
                units=resolved.units,
                links=resolved.links,
                params=msgspec.json.encode(fault.params).decode(),
                traits=fault.kind.traits,
            )
            self._active[id_] = injected
            self.injected += 1
            try:
                await fault.kind.apply(self._ground, injected)
                evidence = await fault.kind.proof(self._ground, injected)
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
            leads = await self._successor(injected)
            evidence = await injected.fault.kind.heal(self._ground, injected, patient=alone)
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
        return bool(touching) and all(injected.fault.kind.has(traits.JOINS) for injected in touching)

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
            raise ClusterError(f"{some(len(failures), 'fault')} can't be healed: {'; '.join(failures)}")

    def _urgency(self, injected: Injected) -> int:
        return 0 if injected.resolved.links else 2 if "/" in "".join(injected.resolved.units) else 1
