"""Commits: whose a key in the store's log is, when its text alone does not say.

A store keeps an actor's key as ``app||Type||id||key``. An id or a key that has ``||`` in it, or an id that ends in
``|``, can be read in several ways. The history says which: one of its actors saved this key, with this value.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from actorproof.harness.history import events as ev

SEPARATOR = "||"
Saved = dict[tuple[str, str], list[str | None]]


def reread(
    commits: Sequence[ev.StoreCommitted], saves: Iterable[ev.SaveStarted]
) -> tuple[list[ev.StoreCommitted], frozenset[str]]:
    """The commits, each write as its actor's own, and the actors that some write may belong to and can't be told from.

    A write that is nobody's stays as it is; one that may be several actors' is left out, and they are named.
    """
    if not any(_is_unclear(write) for commit in commits for write in commit.writes):
        return list(commits), frozenset()
    saved: Saved = defaultdict(list)
    for save in saves:
        for key, value in _writes_of(save):
            saved[save.actor, key].append(value)
    unclear: set[str] = set()
    found: list[ev.StoreCommitted] = []
    for commit in commits:
        writes: list[ev.StoreWrite] = []
        for write in commit.writes:
            owners = _owners(write, saved) if _is_unclear(write) else [write]
            writes += owners[:1] if len(owners) == 1 else ()
            unclear.update(owner.actor for owner in owners if len(owners) > 1)
        found.append(msgspec.structs.replace(commit, writes=tuple(writes)))
    return found, frozenset(unclear)


def _is_unclear(write: ev.StoreWrite) -> bool:
    return SEPARATOR in write.key or write.key.startswith("|") or SEPARATOR in write.actor


def _owners(write: ev.StoreWrite, saved: Saved) -> list[ev.StoreWrite]:
    """Every reading of a write that an actor saved: by key and value, else by key; as it is if there is none."""
    known = [reading for reading in _readings(write) if (reading.actor, reading.key) in saved]
    same = [each for each in known if any(_same(each.value, value) for value in saved[each.actor, each.key])]
    return same or known or [write]


def _readings(write: ev.StoreWrite) -> Iterator[ev.StoreWrite]:
    """Each way to part the text into an actor and a key."""
    text = f"{write.actor}{SEPARATOR}{write.key}"
    at = text.find(SEPARATOR)
    while at >= 0:
        actor, key = text[:at], text[at + len(SEPARATOR) :]
        if key and not actor.endswith("/"):
            yield ev.StoreWrite(actor, key, write.value)
        at = text.find(SEPARATOR, at + 1)


def _same(one: str | None, two: str | None) -> bool:
    """Whether two values are the same JSON: stores and runtimes may change blanks and the order of keys."""
    if one is None or two is None or one == two:
        return one == two
    try:
        return bool(msgspec.json.decode(one) == msgspec.json.decode(two))
    except msgspec.DecodeError:
        return False


def _writes_of(save: ev.SaveStarted) -> list[tuple[str, str | None]]:
    try:
        return msgspec.json.decode(save.writes, type=list[tuple[str, str | None]])
    except msgspec.DecodeError:
        return []
