"""Join: a host that comes to a running cluster, with bounds for the instant at which the placement table changes."""

from __future__ import annotations

from dataclasses import dataclass

from actorproof.harness.history import events as ev
from actorproof.properties.views.records import FAR_FUTURE_NS, host_of
from actorproof.properties.views.stall import STALL_NS
from actorproof.properties.views.timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """A host's application and sidecar, both new, that started after the cluster was ready.

    Attributes:
        process: the application's incarnation that actors move to.
        not_before_ns: no sidecar can have heard of it sooner. A sidecar's start is written after its process exists,
            at most a stall later (a longer one is an event of its own), and without its application it has no types.
        seen_ns: when a placement table first listed the host; FAR_FUTURE_NS when none was seen to.
    """

    host: str
    process: str
    not_before_ns: int
    seen_ns: int


def joins(timeline: Timeline) -> list[Join]:
    """Every join, in order of the application's start. A sidecar restarted under a living application is none."""
    ready_ns = timeline.phases.get("ready", timeline.first_ns)
    found = []
    for app in timeline.lives:
        if ev.half(app.unit) != "app" or app.started_ns <= ready_ns:
            continue
        host = host_of(app.unit)
        sidecars = timeline.lives_of(f"{host}/sidecar")
        sidecar = next((life for life in sidecars if life.ended_ns > app.started_ns), None)
        if sidecar is None or sidecar.started_ns >= app.ended_ns:
            continue
        started_ns = max(app.started_ns, sidecar.started_ns)
        seen = (t.t_ns for t in timeline.tables if t.t_ns >= started_ns and host in t.hosts)
        found.append(
            Join(
                host=host,
                process=f"{app.unit}#{app.incarnation}",
                not_before_ns=started_ns - STALL_NS,
                seen_ns=next(seen, FAR_FUTURE_NS),
            )
        )
    return found
