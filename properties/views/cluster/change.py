"""Change: an instant at which hosts come, go or are cut off, so that placement has to bring a new table to others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from actorproof.properties.views.records import FAR_FUTURE_NS, FaultSpan, Life, host_of
from actorproof.properties.views.timeline import Timeline

LISTENS_NS = 5_000_000_000
"""A host comes into the table at most so long before its units were seen to be ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One such instant.

    Attributes:
        kind: the kind of fault, with ``back`` when what it took away returns and ``leave`` when what it added goes.
        sort: ``loss``, ``join`` or ``leave``.
        at_ns: the instant before it.
        hosts: the hosts that it strikes; none when it strikes every one, as a loss of the store does.
    """

    kind: str
    sort: str
    at_ns: int
    hosts: frozenset[str]


def changes(timeline: Timeline) -> list[Change]:
    """Every change by a fault and by its heal, and by units that died by themselves, in order of time."""
    found = [change for span in timeline.faults for change in _of_fault(timeline, span)]
    for life in timeline.lives:
        if not life.expected:
            struck = frozenset({host_of(life.unit)} & hosts(timeline))
            kind = f"{life.unit.partition('/')[2] or life.unit} died"
            found.append(Change(kind=kind, sort="loss", at_ns=life.ended_ns, hosts=struck))
    return sorted(found, key=lambda change: change.at_ns)


def hosts(timeline: Timeline) -> frozenset[str]:
    """Every host that ever was there."""
    return frozenset(host_of(unit) for unit in timeline.lives_by_unit if "/" in unit)


def struck_by(timeline: Timeline, span: FaultSpan) -> frozenset[str]:
    """The hosts that a fault strikes: whose parts it touches, or one of whose links. None when it strikes every one."""
    ends = {end for link in span.start.links for end in link.split(">")}
    return frozenset({host_of(unit) for unit in span.start.units} | ends) & hosts(timeline)


def _of_fault(timeline: Timeline, span: FaultSpan) -> Iterator[Change]:
    struck = struck_by(timeline, span)
    if span.start.has("joins"):
        first, second, then = "join", "leave", "leave"
    elif span.start.has("calm") and not span.start.has("stops"):
        first, second, then = "leave", "join", "back"
    else:
        first, second, then = "loss", "join", "back"
    at_ns = _joined_ns(timeline, span) if span.start.has("joins") else span.start.t_ns
    yield Change(kind=span.kind, sort=first, at_ns=at_ns, hosts=struck)
    for at_ns in _returns(timeline, span):
        yield Change(kind=f"{span.kind}, {then}", sort=second, at_ns=at_ns, hosts=struck)


def _joined_ns(timeline: Timeline, span: FaultSpan) -> int:
    """When a fault that adds units began, or the last of them may have come, if that took it longer."""
    added = [
        next((life for life in timeline.lives_of(unit) if life.started_ns >= span.start.t_ns), None)
        for unit in span.start.units
    ]
    ready = [life.ready_ns for life in added if life is not None and life.ready_ns is not None]
    return max([span.start.t_ns, *(ready_ns - LISTENS_NS for ready_ns in ready)])


def _comes_ns(life: Life) -> int:
    """When a unit comes at the earliest: many applications take long to listen."""
    return life.started_ns if life.ready_ns is None else max(life.started_ns, life.ready_ns - LISTENS_NS)


def _returns(timeline: Timeline, span: FaultSpan) -> list[int]:
    """When what a fault took away came back, or what it added went: its units begin, go on or are asked to end."""
    after_ns, by_ns = span.start.t_ns, span.healed_ns
    found = []
    for unit in span.start.units:
        for life in timeline.lives_of(unit):
            if span.start.has("joins"):
                found += [life.stopping_ns, life.ended_ns]
            else:
                found += [_comes_ns(life), *(end_ns for _, end_ns in life.paused)]
    inside = [t_ns for t_ns in found if after_ns < t_ns <= by_ns and t_ns < FAR_FUTURE_NS]
    if inside:
        return [min(inside)]
    return [by_ns] if by_ns < FAR_FUTURE_NS else []
