"""Keys: histories of several objects whose values name the object, as ``jepsen.independent`` writes them.

A value is a pair, ``[key value]``; of a compare-and-set it may be ``[key old new]``, too. A read has ``[key nil]``, or
nothing, and its answer has the key.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import cast

from msgspec.structs import replace

from actorproof.properties.formats.calls import Call
from actorproof.properties.formats.values import Value

PAIR = 2
TRIPLE = 3
CAS = "cas"
READ = "read"


def keyed(calls: Sequence[Call]) -> list[Call]:
    """Calls with the keys that their values name; BadHistoryError, with the line, for a value that names none.

    A read without a key that has no answer tells nothing, and is left out.
    """
    return [split for call in calls if (split := _split(call)) is not None]


def look_keyed(calls: Sequence[Call]) -> bool:
    """Whether there are reads, and each was asked with a key alone: what is no pair could not be asked so."""
    reads = [call for call in calls if call.function == READ]
    return (
        bool(reads)
        and all(map(_is_pair, calls))
        and all(cast("tuple[Value, Value]", c.asked)[1] is None for c in reads)
    )


def may_be_keyed(calls: Sequence[Call]) -> bool:
    """Whether every value could be a pair with a key."""
    return bool(calls) and all(_may_have_key(call) for call in calls)


def _is_pair(call: Call) -> bool:
    asked = call.asked
    if not isinstance(asked, tuple):
        return False
    return len(asked) == PAIR or (call.function == CAS and len(asked) == TRIPLE)


def _may_have_key(call: Call) -> bool:
    if call.function != READ:
        return _is_pair(call)
    if call.outcome != "ok":
        return call.asked is None or _is_pair(call)
    return isinstance(call.answer, tuple) and len(call.answer) == PAIR


def _split(call: Call) -> Call | None:
    asked, answer = call.asked, call.answer
    if call.function == READ and call.outcome == "ok":
        if not isinstance(answer, tuple) or len(answer) != PAIR:
            raise call.answer_refused("[key value]")
        if _is_pair(call) and cast("tuple[Value, ...]", asked)[0] != answer[0]:
            raise call.answer_refused("the key that it was asked with, and a value")
        return replace(call, key=answer[0], asked=None, answer=answer[1])
    if call.function == READ and asked is None:
        return None
    if not _is_pair(call):
        raise call.refused("[key value]" if call.function != CAS else "[key [old new]] or [key old new]")
    key, *rest = cast("tuple[Value, ...]", asked)
    value: Hashable = rest[0] if len(rest) == 1 else tuple(rest)
    if call.function == CAS and not (isinstance(value, tuple) and len(value) == PAIR):
        raise call.refused("[key [old new]] or [key old new]")
    if isinstance(answer, tuple) and answer and answer[0] == key and len(answer) == len(rest) + 1:
        answer = answer[1] if len(answer) == PAIR else answer[1:]
    if call.function == READ:
        value = None
    return replace(call, key=key, asked=value, answer=answer)
