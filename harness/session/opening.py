"""Opening: what stands at the head of a history, before anything was done."""

from __future__ import annotations

from actorproof.harness.application.application import Method
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.history import events as ev
from actorproof.harness.history.declared import DeclaredMethod, DeclaredType, Effect
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.traits import ON_REQUEST
from actorproof.harness.runtimes import registry
from actorproof.harness.runtimes.port import Runtime, Simulable
from actorproof.harness.session.scenario import Options, Scenario
from actorproof.harness.subjects.own import subjects_with


def open_history(
    journal: Journal, scenario: Scenario, options: Options, topology: Topology, *, run: str, runtime: str
) -> None:
    """Write the first events: what the run is, what its topology comes to, what its actor types declare."""
    journal.write(
        ev.RunStarted,
        run=run,
        scenario=scenario.name,
        profile=options.profile,
        seed=options.seed,
        runtime=runtime,
        version=topology.version,
        hosts=topology.hosts,
        placements=topology.placements,
        schedulers=topology.schedulers,
        subject="application" if topology.application else topology.subject,
        idle_timeout_s=topology.idle_timeout_s,
        drain_timeout_s=topology.drain_timeout_s,
        drain_enabled=topology.drain_enabled,
        dissemination_timeout_s=topology.dissemination_timeout_s,
        reentrancy=topology.reentrancy,
        max_stack_depth=topology.max_stack_depth,
        reentrancy_exceptions=topology.reentrancy_exceptions,
        idle_timeouts_s={entity.type: entity.idle_timeout_s for entity in topology.entities},
        traits=_traits(topology, registry.runtime(runtime)),
        types=_types(topology),
    )
    if topology.application is not None:
        asked = topology.application
        journal.write(ev.ApplicationAsked, types=asked.types, health=asked.health, unread=asked.unread)


def _traits(topology: Topology, runtime: Runtime) -> tuple[str, ...]:
    """Those of the version; a simulated runtime has those, too, that the topology asks for by name."""
    asked = set(topology.features) & ON_REQUEST if isinstance(runtime, Simulable) else set()
    return tuple(sorted({*runtime.traits(topology.version), *asked}))


def _types(topology: Topology) -> tuple[DeclaredType, ...]:
    """What the types of the hosts declare."""
    application = topology.application
    if application is None:
        return tuple(subject.declaration() for subject in subjects_with(topology.subject_module).values())
    return tuple(
        DeclaredType(
            name=name,
            model=dict(application.models).get(name, ""),
            methods=tuple(
                DeclaredMethod(name=method.name, effect=_effect(method))
                for method in application.methods
                if method.type == name
            ),
        )
        for name in application.types
    )


def _effect(method: Method) -> Effect:
    return "fails" if method.fails else "reads" if method.reads else "writes"
