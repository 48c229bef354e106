"""Judge: the anomalies of a history of transactions, against the consistency that was promised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from actorproof.plural import some
from actorproof.properties.formats.calls import Call
from actorproof.properties.linearizability.checker import Told
from actorproof.properties.linearizability.transactions.cycles import NAMES, cycles
from actorproof.properties.linearizability.transactions.dependencies import Anomaly, Dependencies
from actorproof.properties.linearizability.transactions.txn import Txn, txns_of
from actorproof.properties.linearizability.transactions.walks import KINDS
from actorproof.properties.verdict.outcome import Outcome

SHOWN = 3
ALWAYS = frozenset({"G0", "duplicate-elements"})
COMMITTED = ALWAYS | {"G1a", "G1b", "G1c", "dirty-update", "future-read", "incompatible-order"}
COMMITTED |= {"unwritten-element", "unwritten-value"}
SNAPSHOT = COMMITTED | {"G-single-item", "G-nonadjacent-item", "internal", "lost-update"}
SERIALIZABLE = SNAPSHOT | {"G2-item"}
SESSION = SERIALIZABLE | {f"{kind.name}-process" for kind in KINDS}
STRICT = SESSION | {f"{kind.name}-realtime" for kind in KINDS}
CONSISTENCY = {
    "read-uncommitted": ALWAYS,
    "read-committed": COMMITTED,
    "snapshot-isolation": SNAPSHOT,
    "serializable": SERIALIZABLE,
    "strong-session-serializable": SESSION,
    "strict-serializable": STRICT,
}
"""What may be promised, the weakest first, and the anomalies that it forbids."""
STRONGEST = "strict-serializable"


def judged(
    calls: Sequence[Call], read: Callable[[Sequence[Txn]], Dependencies], *, write: str, consistency: str
) -> Told:
    """Decide whether transactions show an anomaly that a consistency forbids."""
    txns = txns_of(calls, write=write)
    found = read(txns)
    anomalies = sorted([*found.anomalies, *cycles(found)], key=_badness)
    forbidden = [anomaly for anomaly in anomalies if anomaly.name in CONSISTENCY[consistency]]
    allowed = Counter(anomaly.name for anomaly in anomalies if anomaly.name not in CONSISTENCY[consistency])
    notes = list(found.notes[:SHOWN])
    if len(found.notes) > SHOWN:
        notes.append(f"the same of {some(len(found.notes) - SHOWN, 'more key')}")
    if allowed:
        notes.append(f"{consistency} allows {', '.join(f'{name} ({n})' for name, n in allowed.items())}")
    if forbidden:
        return _violated(txns, forbidden, anomalies, notes)
    answered = sum(txn.outcome == "ok" for txn in txns)
    if not answered or not found.reads:
        return Told(outcome=Outcome.UNKNOWN, why="no read was answered, so nothing was tested", notes=tuple(notes))
    return Told(
        outcome=Outcome.HOLDS,
        why=f"{some(found.reads, 'read')} of {some(answered, 'transaction')} show nothing that {consistency} forbids",
        notes=tuple(notes),
    )


def _violated(
    txns: Sequence[Txn], forbidden: Sequence[Anomaly], anomalies: Sequence[Anomaly], notes: Sequence[str]
) -> Told:
    counts = Counter(anomaly.name for anomaly in forbidden)
    lines: list[str] = []
    firsts = [next(anomaly for anomaly in forbidden if anomaly.name == name) for name in counts]
    for first in firsts:
        lines += _told(first)
    left = strongest_left(anomalies) or "none, not even read-uncommitted"
    lines.append(f"the strongest that this does not contradict: {left}")
    return Told(
        outcome=Outcome.VIOLATED,
        why=", ".join(f"{name} ({count})" if count > 1 else name for name, count in counts.items()),
        details=tuple(lines),
        notes=tuple(notes),
        lines_of_calls=tuple(txns[number].line for anomaly in forbidden for number in anomaly.transactions),
        cycles=tuple(first.cycle for first in firsts if first.cycle is not None),
    )


def _told(anomaly: Anomaly) -> list[str]:
    return anomaly.cycle.told() if anomaly.cycle is not None else [f"{anomaly.name}: {anomaly.sentence}"]


def strongest_left(anomalies: Sequence[Anomaly]) -> str | None:
    """The strongest consistency that forbids none of these; None when each does."""
    names = {anomaly.name for anomaly in anomalies}
    fitting = [name for name, forbids in CONSISTENCY.items() if not names & forbids]
    return fitting[-1] if fitting else None


def _badness(anomaly: Anomaly) -> int:
    """What needs no cycle comes first, then cycles, the worst first."""
    return NAMES.index(anomaly.name) + 1 if anomaly.name in NAMES else 0
