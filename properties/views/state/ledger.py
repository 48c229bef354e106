"""Ledger: the saves of a history as entries, and the last reads of them.

An entry stands under its own key, ``entry-000001`` and on, and is written once, in one transaction with the count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from actorproof.properties.views.records import Operation, Save
from actorproof.properties.views.timeline import Timeline

ENTRY = "entry-"
COUNT = "count"
InstanceKey = tuple[str, str, int]
Write = tuple[str, str | None]

_writes = msgspec.json.Decoder(list[tuple[str, str | None]])


class Listing(msgspec.Struct, frozen=True):
    """What a ledger's `read` answers: [index, operation, turn] of each entry; no turn where the store has none."""

    count: int
    entries: list[tuple[int, str | None, str | None]]


_listing = msgspec.json.Decoder(Listing)


class Entry(msgspec.Struct, frozen=True, gc=False):
    """An acknowledged entry: the save that wrote it, when that was answered, its index, and what it wrote."""

    save: Save
    answered_ns: int
    index: int
    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalRead:
    """An `ok` read of a ledger's entries after everything was healed; `entries` maps an index to its turn."""

    operation: Operation
    entries: Mapping[int, str]


def writes_of(save: Save) -> list[Write]:
    """What a save writes, in order: keys and the JSON texts of their values. ValueError if its text is no such list."""
    try:
        return _writes.decode(save.start.writes)
    except msgspec.DecodeError as error:
        raise ValueError(f"save {save.id}: its writes can't be read: {error}") from error


def index_of(key: str) -> int | None:
    """The index in an entry's key; None for another key."""
    if not key.startswith(ENTRY):
        return None
    number = key[len(ENTRY) :]
    return int(number) if number.isdigit() else None


def field_of(value: str | None, name: str) -> object:
    """A field of a stored value; None when it has none."""
    try:
        decoded = None if value is None else msgspec.json.decode(value)
    except msgspec.DecodeError:
        return None
    return decoded.get(name) if isinstance(decoded, dict) else None


def instance_of(timeline: Timeline, save: Save) -> InstanceKey:
    """Who saved: (process, actor, number); number 0 when its turn was not witnessed."""
    turn = timeline.turn(save.turn)
    return turn.instance if turn is not None else (save.start.process, save.actor, 0)


def final_reads(timeline: Timeline) -> dict[str, FinalRead]:
    """Per ledger actor the last `ok` read that was invoked after the phase ``healed`` (or ``quiet``, without one)."""
    after_ns = timeline.phases.get("healed", timeline.phases.get("quiet"))
    found: dict[str, FinalRead] = {}
    if after_ns is None:
        return found
    for operation in timeline.operations:
        start = operation.start
        if start.t_ns < after_ns or start.name != "read" or operation.end is None or operation.outcome != "ok":
            continue
        try:
            listing = _listing.decode(operation.end.result)
        except msgspec.DecodeError:
            continue  # another type's read
        entries = {index: turn for index, _, turn in listing.entries if turn is not None}
        found[start.actor] = FinalRead(operation=operation, entries=entries)
    return found
