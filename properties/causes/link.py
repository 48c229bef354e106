"""Link: one step on the way to a violation, with the events that prove it."""

from __future__ import annotations

from dataclasses import dataclass

from actorproof.properties.verdict.findings import EventRef
from actorproof.properties.views.records import FaultSpan, ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One step on the way to a violation.

    Attributes:
        kind: what a mechanism asks for, such as ``drain gave up``; see `steps`, `drained`, `facts` and their like.
        anchor: the id of what it is about: a turn, a save, a table's version, a fault. Two violations that share a link
            of one kind and anchor have it from the same events.
        said: one plain clause with the numbers that matter.
        at_ns: when it happened; links are told in this order.
        events: the events that prove it.
    """

    kind: str
    anchor: str
    said: str
    at_ns: int
    events: tuple[EventRef, ...] = ()


def of_fault(fault: FaultSpan) -> Link:
    """That a fault struck."""
    return Link(
        kind="fault",
        anchor=fault.start.fault,
        said=f"{fault.start.verb} {fault.start.target}",
        at_ns=fault.start.t_ns,
        events=(ref(fault.start, f"{fault.start.verb} {fault.start.target}"),),
    )


def seconds(length_ns: int) -> str:
    """A length as sentences tell it."""
    return f"{length_ns / 1e9:.1f} s"
