"""WrittenOut: a recorded run as steps alone: the calls of its load become bursts, at the times at which they were made.

What is left without a load can be made smaller step by step, and shows a maintainer each call that it takes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from actorproof.harness.history import events as ev
from actorproof.harness.run.shrink.waiting import Run, runs_of
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.step import AnyStep, Burst, Heal, Inject, StartLoad, StopLoad, Wait
from actorproof.harness.workload.written import WrittenScenario

ROUND_S = 0.05
AT_ONCE_NS = 100_000_000
# Calls of the load are called by these; those of steps stand in the plan already.
OF_LOAD = ("client-", "sleeper-", "fickle-", "newcomer-")
SIZES = ("hold_s",)


def quiet(load: Load) -> Load:
    """No load but a probe, where there was one: something has to show that actors answer again after the last heal."""
    return Load(clients=0, fickle=0, sleepers=0, newcomers=0, probes=min(1, load.probes))


@dataclass(frozen=True, slots=True)
class _Timed:
    """A step, when it began, and until when it kept others from being done, in seconds since the load began."""

    step: AnyStep
    at_s: float
    until_s: float


def written_out(
    plan: WrittenScenario, events: Sequence[ev.Event], *, wanted: Callable[[ev.Invoked], bool], until_ns: int
) -> WrittenScenario:
    """The plan without its load, and with a burst for each call of the load that is `wanted`, up to `until_ns`.

    A call that was made while a fault was being injected is started before it, and waits as long as it took. One that
    waited behind a call that is left out is made when its turn began: others may have met it then.
    """
    phases = {event.phase: event.t_ns for event in events if isinstance(event, ev.PhaseReached)}
    began_ns = phases["load"]
    ends_s = (phases.get("healed", began_ns) - began_ns) / 1e9
    timed = list(_timed(plan.steps, events, began_ns))
    calls = [
        event
        for event in events
        if isinstance(event, ev.Invoked) and event.t_ns <= until_ns and _of_load(event) and wanted(event)
    ]
    timed += _called(calls, runs_of(events), began_ns=began_ns)
    steps = tuple(_in_order(timed, ends_s=ends_s))
    return msgspec.structs.replace(plan, load=quiet(plan.load), steps=steps, duration_s=0.1)


def _called(calls: Sequence[ev.Invoked], runs: Mapping[str, Run], *, began_ns: int) -> Iterator[_Timed]:
    """Each call as a step at its time; of those of one actor that were made at once, the first that ran comes first."""
    by_actor: dict[str, list[ev.Invoked]] = defaultdict(list)
    for call in calls:
        by_actor[call.actor].append(call)
    for of_actor in by_actor.values():
        before: tuple[ev.Invoked, float] | None = None
        for call in sorted(of_actor, key=lambda each: runs[each.op].began_ns if each.op in runs else each.t_ns):
            at_ns = call.t_ns
            if call.op in runs and not any(runs[call.op].waited_behind(runs.get(each.op)) for each in of_actor):
                at_ns = runs[call.op].began_ns
            at_s = _rounded((at_ns - began_ns) / 1e9)
            if before is not None and abs(call.t_ns - before[0].t_ns) <= AT_ONCE_NS:
                at_s = round(max(at_s, before[1] + ROUND_S), 3)
            before = (call, at_s)
            yield _Timed(_burst(call), at_s, at_s)


def _of_load(event: ev.Invoked) -> bool:
    return event.action == "call" and event.client.startswith(OF_LOAD)


def _burst(event: ev.Invoked) -> Burst:
    args = msgspec.json.decode(event.args, type=dict[str, object])
    hold_s = args.pop("hold_s", 0.0)
    if event.name == "add" and args.get("by") == 1:
        del args["by"]
    return Burst(
        actor=event.actor,
        method=event.name,
        callers=1,
        hold_s=float(hold_s) if isinstance(hold_s, int | float) else 0.0,
        give_up_s=event.give_up_s,
        args=args,
    )


def _timed(steps: Sequence[AnyStep], events: Sequence[ev.Event], began_ns: int) -> Iterator[_Timed]:
    """When each step of a plan was done: faults as the history tells, the others after the waits between them."""
    started: dict[str, int] = {}
    ended: dict[str, int] = {}
    healed: dict[str, int] = {}
    for event in events:
        match event:
            case ev.FaultStarted():
                started[event.fault] = event.t_ns
            case ev.FaultTook() | ev.FaultMissed():
                ended[event.fault] = event.t_ns
            case ev.FaultHealed():
                healed[event.fault] = event.t_ns
    now_s = 0.0
    for step in steps:
        begins_s = now_s
        match step:
            case StartLoad() | StopLoad():
                continue
            case Wait():
                now_s += step.for_s
                continue
            case Inject() if step.id in started:
                begins_s = (started[step.id] - began_ns) / 1e9
                now_s = (ended.get(step.id, started[step.id]) - began_ns) / 1e9
            case Heal() if step.id in healed:
                now_s = max(now_s, (healed[step.id] - began_ns) / 1e9)
        yield _Timed(step, begins_s, now_s)


def _in_order(timed: Sequence[_Timed], *, ends_s: float) -> Iterator[AnyStep]:
    """All steps one after the other, with waits between and up to the end; a burst in the middle of another step before
    that. Calls of one actor keep their order: which of two comes first may decide what is seen.
    """
    blocks = [each for each in timed if each.until_s > each.at_s]
    placed = []
    latest: dict[tuple[float, str], float] = {}
    for each in sorted(timed, key=lambda each: each.at_s):
        block = next((b for b in blocks if b is not each and b.at_s < each.at_s < b.until_s), None)
        if block is not None and isinstance(each.step, Burst):
            called = (block.at_s, each.step.actor)
            after_s = round(max(_rounded(each.at_s - block.at_s), latest.get(called, 0.0) + ROUND_S), 3)
            latest[called] = after_s
            step = msgspec.structs.replace(each.step, after_s=after_s)
            each = replace(each, step=step, at_s=block.at_s, until_s=block.at_s)  # noqa: PLW2901 - the same, moved
        placed.append(each)
    now_s = 0.0
    before: AnyStep | None = None
    for each in sorted(placed, key=lambda each: (each.at_s, not isinstance(each.step, Burst))):
        wait_s = _rounded(each.at_s - now_s)
        if wait_s <= 0 and _calls_one(before, each.step):
            wait_s = ROUND_S
        if wait_s > 0:
            yield Wait(for_s=wait_s)
            now_s += wait_s
        yield each.step
        before = each.step
        now_s = max(now_s, each.until_s)
    if (left_s := _rounded(ends_s - now_s)) > 0:
        yield Wait(for_s=left_s)


def _calls_one(before: AnyStep | None, step: AnyStep) -> bool:
    """Whether two steps call one actor, both at once."""
    if not isinstance(before, Burst) or not isinstance(step, Burst):
        return False
    return before.actor == step.actor and not before.after_s and not step.after_s


def _rounded(seconds: float) -> float:
    return round(round(seconds / ROUND_S) * ROUND_S, 3)
