"""Commits: whose a key in the store's log is, when its text alone does not say.

A store keeps an actor's key as ``app||Type||id||key``. An id or a key that has ``||`` in it, or an id that ends in
``|``, can be read in several ways. The history says which: one of its actors saved this key, with this value.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from actorproof.harness.history import events as ev

SEPARATOR = "||"
SEPARATORS = re.compile(r"(?=\|\|)")
Saved = dict[tuple[str, str], set[str | None]]


def reread(
    commits: Sequence[ev.StoreCommitted], saves: Iterable[ev.SaveStarted]
) -> tuple[list[ev.StoreCommitted], frozenset[str]]:
    """The commits, each write as its actor's own, and the actors that some write may belong to and can't be told from.

    A write that is nobody's stays as it is; one that may be several actors' is left out, and they are named.
    """
    if not any(_is_unclear(write) for commit in commits for write in commit.writes):
        return list(commits), frozenset()
    saved: Saved = defaultdict(set)
    for save in saves:
        for key, value in _writes_of(save):
            saved[save.actor, key].add(canonical(value))
    unclear: set[str] = set()
    found: list[ev.StoreCommitted] = []
    for commit in commits:
        writes: list[ev.StoreWrite] = []
        for write in commit.writes:
            owners = _owners(write, saved) if _is_unclear(write) else [write]
            if len(owners) == 1:
                writes += owners
            else:
                unclear.update(owner.actor for owner in owners)
        found.append(msgspec.structs.replace(commit, writes=tuple(writes)))
    return found, frozenset(unclear)


def canonical(value: str | None) -> str | None:
    """A JSON text in one spelling: stores and runtimes may change blanks and the order of keys."""
    if value is None:
        return None
    try:
        return msgspec.json.encode(msgspec.json.decode(value), order="sorted").decode()
    except msgspec.DecodeError:
        return value


def _is_unclear(write: ev.StoreWrite) -> bool:
    return SEPARATOR in write.key or write.key.startswith("|")


def _owners(write: ev.StoreWrite, saved: Saved) -> list[ev.StoreWrite]:
    """Every reading of a write that an actor saved: by key and value, else by key; as it is if there is none."""
    known = [reading for reading in _readings(write) if (reading.actor, reading.key) in saved]
    same = [each for each in known if canonical(each.value) in saved[each.actor, each.key]]
    return same or known or [write]


def _readings(write: ev.StoreWrite) -> Iterator[ev.StoreWrite]:
    """Each way to part the text into an actor and a key."""
    text = f"{write.actor}{SEPARATOR}{write.key}"
    for found in SEPARATORS.finditer(text):
        yield ev.StoreWrite(text[: found.start()], text[found.start() + len(SEPARATOR) :], write.value)


def _writes_of(save: ev.SaveStarted) -> list[tuple[str, str | None]]:
    try:
        return msgspec.json.decode(save.writes, type=list[tuple[str, str | None]])
    except msgspec.DecodeError:
        return []
