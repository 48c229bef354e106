"""Configuration: topologies that Hypothesis draws, each of which is held to the promise that it makes by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

from actorproof.harness.cluster.topology import Entity, SubjectName, Topology

_EXAMPLES = 40  # the first that Hypothesis draws are the simplest; the last of so many is as good as any


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What may be drawn. Durations in seconds.

    Attributes:
        idle_s, drain_s: shorter and longer than the turns that they are tried with.
        depths: how deep a chain of calls may be.
        partitions: over how many keys of the store reminders are spread, where the version keeps them there.
        replicas: of placement and of the schedulers.
    """

    hosts: tuple[int, ...] = (1, 2, 3)
    idle_s: tuple[float, ...] = (1.5, 4.0, 20.0)
    drain_s: tuple[float, ...] = (1.0, 4.0, 6.0)
    depths: tuple[int, ...] = (1, 2, 32, 33)
    replicas: tuple[int, ...] = (1, 3)
    partitions: tuple[int, ...] = (0, 7)
    subjects: tuple[SubjectName, ...] = ("bare", "sdk", "sdk-h2c", "sdk-stream")


def drawn(seed: int, choices: Choices, *, base: Topology) -> Topology:
    """The topology of a seed: `base` with what is drawn for it. The same seed draws the same one."""
    # It takes a moment to load, and whoever lists scenarios draws nothing.
    import hypothesis  # noqa: PLC0415
    from hypothesis import HealthCheck, Phase  # noqa: PLC0415
    from hypothesis import strategies as st  # noqa: PLC0415

    found = base

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=_EXAMPLES,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(
        hosts=st.sampled_from(choices.hosts),
        idle_s=st.sampled_from(choices.idle_s),
        drain_s=st.sampled_from(choices.drain_s),
        drains=st.booleans(),
        reentrant=st.booleans(),
        excepted=st.booleans(),
        own_idle_s=st.none() | st.sampled_from(choices.idle_s),
        depth=st.sampled_from(choices.depths),
        placements=st.sampled_from(choices.replicas),
        schedulers=st.sampled_from(choices.replicas),
        subject=st.sampled_from(choices.subjects),
        partitions=st.sampled_from(choices.partitions),
    )
    def draw(
        *,
        hosts: int,
        idle_s: float,
        drain_s: float,
        drains: bool,
        reentrant: bool,
        excepted: bool,
        own_idle_s: float | None,
        depth: int,
        placements: int,
        schedulers: int,
        subject: SubjectName,
        partitions: int,
    ) -> None:
        nonlocal found
        found = replace(
            base,
            hosts=hosts,
            idle_timeout_s=idle_s,
            drain_timeout_s=drain_s,
            drain_enabled=drains,
            reentrancy=reentrant,
            reentrancy_exceptions=("Lone",) if excepted else (),
            entities=() if own_idle_s is None else (Entity(type="Sleeper", idle_timeout_s=own_idle_s),),
            max_stack_depth=depth,
            placements=placements,
            schedulers=schedulers,
            subject=subject,
            reminder_partitions=partitions,
        )

    draw()
    return found


def said(topology: Topology) -> str:
    """A topology in a few words, for people."""
    drain = f"drain {topology.drain_timeout_s:g} s" if topology.drain_enabled else "drain off"
    depth = f"reentrancy {'on' if topology.reentrancy else 'off'}, depth {topology.max_stack_depth}"
    excepted = f" (not so: {', '.join(topology.reentrancy_exceptions)})" if topology.reentrancy_exceptions else ""
    replicas = f"{topology.placements} placement, {topology.schedulers} schedulers"
    own = "".join(f" ({entity.type}: {entity.idle_timeout_s:g} s)" for entity in topology.entities)
    parts = f", reminders in {topology.reminder_partitions} parts" if topology.reminder_partitions else ""
    return (
        f"{topology.hosts} {topology.subject} hosts, {replicas}, idle {topology.idle_timeout_s:g} s{own}, {drain},"
        f" {depth}{excepted}{parts}"
    )
