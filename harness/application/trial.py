"""Trial: scenarios as they are tried on an application of a user's own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from actorproof.harness.application.application import Application
from actorproof.harness.application.settings import Settings
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.errors import UsageError
from actorproof.harness.session.scenario import Scenario

# What can be decided of any application, since it needs no knowledge of what its calls mean.
WITHOUT_KNOWLEDGE = (
    "turns",
    "activation",
    "lifecycle",
    "drain",
    "recovery",
    "failover",
    "bystanders",
    "placement",
    "mailbox-order",
)
# What a model of its calls decides.
WITH_MODEL = ("linearizability",)
# What the log of our own state store decides, of whatever is saved there.
WITH_LOG = ("durability",)
# What is judged of every application, whatever the scenario, where it gives occasion for it.
ALWAYS = ("lifecycle", "reminders", "timers", "application")
DEFAULT = ("kill-and-recover", "paused-host", "scale-out-drain")


def tried(scenarios: Iterable[Scenario], application: Application, settings: Settings) -> tuple[Scenario, ...]:
    """The scenarios with that application in place of our actors.

    Each judges what it was made for, as far as it needs no knowledge of the calls. UsageError for one that needs what
    only our actors do.
    """
    return tuple(_tried(each, application, settings) for each in scenarios)


def _tried(scenario: Scenario, application: Application, settings: Settings) -> Scenario:
    guarantees = tuple(each for each in scenario.guarantees if each in WITHOUT_KNOWLEDGE)
    told = scenario.topology.behaviours and scenario.plan is not None  # a drawn plan does without
    if scenario.subjects or told or not guarantees:
        raise UsageError(f"scenario {scenario.name} is about actors of its own: choose one for applications")
    modelled = WITH_MODEL if application.models else ()
    logged = () if application.resources else WITH_LOG
    return replace(
        scenario,
        topology=hosting(scenario.topology, application, settings),
        guarantees=tuple(dict.fromkeys((*guarantees, *modelled, *logged, *ALWAYS))),
        owes={},
    )


def hosting(topology: Topology, application: Application, settings: Settings) -> Topology:
    """A topology whose hosts run an application, with what it said of its actors."""
    return replace(
        topology,
        application=application,
        behaviours=(),
        entities=(),
        idle_timeout_s=settings.idle_timeout_s,
        drain_timeout_s=settings.drain_timeout_s,
        drain_enabled=settings.drain_enabled,
        reentrancy=settings.reentrancy,
        max_stack_depth=settings.max_stack_depth,
        reentrancy_exceptions=settings.reentrancy_exceptions,
    )
