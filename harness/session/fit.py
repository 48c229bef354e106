"""Fit: what a scenario comes to with a user's options: its topology, its plan, what it owes."""

from __future__ import annotations

from dataclasses import replace

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.errors import UsageError
from actorproof.harness.history.events import UnderWay
from actorproof.harness.history.fault_traits import fault_kind
from actorproof.harness.runtimes import registry
from actorproof.harness.session.scenario import Options, Scenario, setting
from actorproof.harness.subjects.breakage import BREAKAGES
from actorproof.harness.subjects.native import is_native
from actorproof.harness.subjects.own import name_of, named, subjects_with
from actorproof.harness.workload.extent import DRAWINGS
from actorproof.harness.workload.machine.drawing import draw
from actorproof.harness.workload.own_load import without_our_actors
from actorproof.harness.workload.step import AnyStep, Plan
from actorproof.harness.workload.targets import targets

# A cluster on two cores activates more actors than that a second.
FILLED_PER_S = 200.0


def lack(scenario: Scenario, options: Options) -> str:
    """What a scenario is about that the version has not, in one line; empty when it has all of it."""
    runtime = registry.runtime(options.runtime)
    about = scenario.topology.schedulers
    bare = replace(Topology(), version=options.version)
    if about <= 1 or runtime.fit(bare).schedulers:
        return ""
    return f"{scenario.name} is about {about} schedulers, and {runtime.title} {options.version} has none"


def missing(scenario: Scenario, options: Options) -> frozenset[str]:
    """What a fault of the scenario may be aimed at that its own topology has, and the version has not."""
    fitted = topology_of(scenario, options)
    own = scenario.topology
    whole = replace(fitted, schedulers=max(fitted.schedulers, own.schedulers), peer_links=own.peer_links)
    return targets(whole) - targets(fitted)


def owed(scenario: Scenario, options: Options) -> dict[str, tuple[UnderWay, ...]]:
    """What the scenario owes in the profile, by kind of fault, but for faults on what the version has not."""
    kinds = {fault_kind("", target) for target in missing(scenario, options)}
    return {
        fault: under_way
        for fault, under_way in scenario.owed(options.profile).items()
        if f" {fault.partition(' ')[2]}" not in kinds
    }


def topology_of(scenario: Scenario, options: Options) -> Topology:
    """The scenario's topology with the user's choices in it, validated. UsageError when it can't be."""
    topology = scenario.topology if scenario.configure is None else scenario.configure(options.seed)
    if options.breakage is not None and options.breakage not in BREAKAGES:
        raise UsageError(f"breakage {options.breakage} is unknown: choose one of {', '.join(BREAKAGES)}")
    if options.subject_module and scenario.subjects:
        raise UsageError(f"scenario {scenario.name} brings subjects of its own: leave --subject-module out")
    chosen = replace(
        topology,
        hosts=topology.hosts if options.hosts is None else options.hosts,
        placements=topology.placements if options.placements is None else options.placements,
        schedulers=topology.schedulers if options.schedulers is None else options.schedulers,
        subject=options.subject or topology.subject,
        reminder_partitions=(
            topology.reminder_partitions if options.reminder_partitions is None else options.reminder_partitions
        ),
        version=options.version,
        store=options.store,
        breakage=options.breakage,
        subject_module=name_of(scenario.subjects or named(options.subject_module or topology.subject_module)),
    )
    # Filled actors stay active until all of them are there.
    slowest_s = scenario.actors_for(options) / FILLED_PER_S
    chosen = replace(chosen, idle_timeout_s=max(chosen.idle_timeout_s, slowest_s))
    chosen.validate()
    stores = registry.runtime(options.runtime).stores
    if options.store not in stores:
        raise UsageError(f"store {options.store} is none of this runtime's: choose one of {', '.join(stores)}")
    settings = (*chosen.reentrancy_exceptions, *(entity.type for entity in chosen.entities))
    unknown = [name for name in settings if name not in subjects_with(chosen.subject_module)]
    if unknown and chosen.application is None:
        raise UsageError(f"settings are given for {unknown[0]}, and no host has this actor type")
    if lacking := lack(scenario, options):
        raise UsageError(f"{lacking}: choose another version")
    names = ("placements", "schedulers", "subject", "reminder_partitions")
    fixed = frozenset(name for name in names if getattr(options, name) is not None)
    chosen = registry.runtime(options.runtime).fit(chosen, fixed=fixed)
    if chosen.breakage is not None and chosen.subject != "bare":
        raise UsageError(f"breakage {chosen.breakage} is only for the bare host: choose subject bare")
    if chosen.subject == "bare" and any(map(is_native, named(chosen.subject_module))):
        raise UsageError(f"{scenario.name} has actors of Dapr's Python SDK: choose subject sdk")
    if scenario.plan is None:
        chosen = _drawable(chosen, options)
    if chosen.behaviours and chosen.subject != "bare":
        raise UsageError(
            f"{scenario.name} tells its hosts how to answer, which only bare hosts can: choose subject bare"
        )
    return chosen


def _drawable(topology: Topology, options: Options) -> Topology:
    """The topology without what can't be drawn on it: a directed plan needs all of its own, a drawn one does without.

    Only bare hosts can be told how to answer. In a quiet run no turn outlasts its idle time-out, and nobody fails; a
    quick one has no time for answers that take longer than idle time-outs.
    """
    if options.fault_rate == "off" or options.profile == "quick":
        return replace(topology, behaviours=(), entities=())
    return topology if topology.subject == "bare" else replace(topology, behaviours=())


def planned(scenario: Scenario, options: Options) -> Plan:
    """What is to be done: the scenario's directed steps, or what the state machine draws.

    A directed step that is a fault on what the version has not is left out, such as one on a scheduler before 1.14.
    Drawing takes seconds, or most of a minute for a long run, in which nothing else can go on.
    """
    topology = topology_of(scenario, options)
    duration_s = lasting_s(scenario, options)
    if scenario.plan is None:
        steps: list[AnyStep] = []
        draw(
            perform=steps.append,
            topology=topology,
            drawing=scenario.drawing or DRAWINGS[options.profile],
            seed=options.seed,
            duration_s=duration_s,
        )
        plan = Plan(steps=tuple(steps))
    else:
        actors = scenario.actors_for(options)
        plan = scenario.plan(setting(options, topology=topology, duration_s=duration_s, actors=actors))
        plan = plan.without(missing(scenario, options))
    if topology.application is not None:
        plan = without_our_actors(plan, bursts=not topology.application.load)
    return plan.without_faults() if options.fault_rate == "off" else plan


def lasting_s(scenario: Scenario, options: Options) -> float:
    """How long faults and load last."""
    return options.duration_s or scenario.duration_s[options.profile]
