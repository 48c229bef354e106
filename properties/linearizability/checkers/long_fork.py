"""Long fork: two reads that see two writes in opposite orders, which snapshot isolation forbids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import ClassVar

from actorproof.plural import some
from actorproof.properties.formats.calls import Call
from actorproof.properties.formats.values import Value, spelled, word
from actorproof.properties.linearizability.checker import Checker, Told
from actorproof.properties.verdict.outcome import Outcome

READ = "[[:r key nil] ...]"
WRITE = "[[:w key value]]"
MICRO = 3
READS, WRITES = ("r", "read"), ("w", "write")
Group = frozenset[Value]


class LongFork(Checker):
    """``write([[:w key value]])`` of each key once, and ``read([[:r key nil] ...])`` of a group of keys."""

    name = "long-fork"
    functions: ClassVar[Mapping[str, str]] = {"read": READ, "write": WRITE, "txn": f"{READ} or {WRITE}"}

    def check(self, calls: Sequence[Call]) -> Told:
        groups: dict[Group, list[tuple[Call, Group]]] = {}
        written: dict[Value, Call] = {}
        for call in calls:
            self.known(call)
            steps = _micro(call)
            for function, key, _ in steps:
                if function in WRITES and call.outcome != "fail":
                    if key in written:
                        raise call.refused(
                            f"a key that was not written before, as {spelled(key)} was at line {written[key].line}"
                        )
                    written[key] = call
            if call.outcome == "ok":
                seen = [(key, value) for function, key, value in steps if function in READS]
                if len(seen) > 1:
                    present = frozenset(key for key, value in seen if value is not None)
                    groups.setdefault(frozenset(key for key, _ in seen), []).append((call, present))
        compared = 0
        for reads in groups.values():
            reads.sort(key=lambda read: len(read[1]))
            compared += len(reads) > 1
            for (one, has), (other, got) in pairwise(reads):
                if not has <= got:
                    first, second = min(has - got, key=spelled), min(got - has, key=spelled)
                    return Told(
                        outcome=Outcome.VIOLATED,
                        why=f"a long fork of {spelled(first)} and {spelled(second)}",
                        details=(_sees(one, first, second), _sees(other, second, first)),
                        lines_of_calls=(one.line, other.line),
                    )
        if not compared:
            return Told(
                outcome=Outcome.UNKNOWN, why="no two reads of the same keys were answered, so nothing was tested"
            )
        return Told(outcome=Outcome.HOLDS, why=f"reads of {some(compared, 'group')} of keys see writes in one order")


def _sees(read: Call, first: Value, second: Value) -> str:
    return f"line {read.end_line}: {spelled(read.answer)} sees {spelled(first)} written, and {spelled(second)} not"


def _micro(call: Call) -> list[tuple[str | None, Value, Value]]:
    value, refused = (call.answer, call.answer_refused) if call.outcome == "ok" else (call.asked, call.refused)
    if not isinstance(value, tuple):
        raise refused(f"{READ} or {WRITE}")
    found = []
    for each in value:
        if not isinstance(each, tuple) or len(each) != MICRO or word(each[0]) not in READS + WRITES:
            raise refused(f"{READ} or {WRITE}")
        found.append((word(each[0]), each[1], each[2]))
    return found
