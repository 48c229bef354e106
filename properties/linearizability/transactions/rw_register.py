"""Rw-register: transactions that read and write registers, each value written once to a key.

Who wrote a value came before who read it (wr). Which value came before which is known of nil, which is first, and of a
value that a transaction read before it wrote its own: then also who wrote the first came before who wrote the second
(ww), and so did who read the first (rw). What the order of calls in time says of values is in `times`, and what chains
of transactions say of them in `versions`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from actorproof.properties.formats.event import BadHistoryError
from actorproof.properties.formats.values import Value, spelled
from actorproof.properties.linearizability.cycle import Link
from actorproof.properties.linearizability.transactions.dependencies import (
    PROCESS,
    RW,
    WR,
    WW,
    Anomaly,
    Dependencies,
    Edge,
    Forced,
    Read,
    Register,
)
from actorproof.properties.linearizability.transactions.times import Inferred, in_process, in_real_time
from actorproof.properties.linearizability.transactions.txn import READ, Txn

MOST_PAIRS = 100_000  # of readers of nil and writers of a key


@dataclass(slots=True)
class _Key:
    """All that is known of one key: who wrote what, who read what, and which value was written over which."""

    writers: dict[Value, int] = field(default_factory=dict)
    final: dict[int, Value] = field(default_factory=dict)
    readers: dict[Value, list[int]] = field(default_factory=lambda: defaultdict(list))
    over: list[tuple[Value, Value]] = field(default_factory=list)


def dependencies(txns: Sequence[Txn]) -> Dependencies:
    """What a history of such transactions says of their order.

    BadHistoryError, with the line, for a value that is written twice to a key, or nil.
    """
    return _Reading(txns).found


class _Reading:
    def __init__(self, txns: Sequence[Txn]) -> None:
        self._txns = txns
        self._keys: dict[Value, _Key] = defaultdict(_Key)
        self.found = Dependencies(txns, self._tell, inferred=self._inferred, tell_forced=self._tell_forced)
        # Why there is an edge that follows from an order in time, and of which key.
        self._timed: dict[tuple[str, int, int], tuple[Inferred, Value]] = {}
        for number, txn in enumerate(txns):
            self._take(number, txn)
        self._effective = {number for number, txn in enumerate(txns) if txn.outcome == "ok"}
        for key in self._keys.values():
            self._effective.update(key.writers[value] for value in key.readers if value in key.writers)
        for name, key in self._keys.items():
            self._order(name, key)
            if (register := self._register(name, key)).writers:
                self.found.registers.append(register)

    def _take(self, number: int, txn: Txn) -> None:
        held: dict[Value, Value] = {}  # what a key holds, as far as this transaction knows
        to_come = {(step.key, step.value) for step in txn.steps if step.function != READ}
        for step in txn.steps:
            key = self._keys[step.key]
            if step.function != READ:
                self._write(number, txn, step.key, step.value)
                if txn.outcome != "fail" and step.key in held:
                    key.over.append((held[step.key], step.value))
                held[step.key] = step.value
                to_come.discard((step.key, step.value))
            elif txn.outcome == "ok":
                self.found.reads += 1
                if (step.key, step.value) in to_come:
                    self._anomaly(
                        "future-read",
                        f"{txn.name} read {spelled(step.value)} of {spelled(step.key)} before it wrote that itself",
                        number,
                    )
                if step.key in held and held[step.key] != step.value:
                    self._anomaly(
                        "internal",
                        f"{txn.name} read {spelled(step.value)} of {spelled(step.key)}, and should have read"
                        f" {spelled(held[step.key])} after its own steps",
                        number,
                    )
                elif step.key not in held:
                    key.readers[step.value].append(number)
                held[step.key] = step.value

    def _write(self, number: int, txn: Txn, name: Value, value: Value) -> None:
        key = self._keys[name]
        if value is None or value in key.writers:
            other = "" if value is None else f" twice, first at {self._txns[key.writers[value]].name}"
            raise BadHistoryError(
                f"{spelled(value)} is written to {spelled(name)}{other}: expected unique values of each key, no nil",
                line=txn.line,
                field="value",
            )
        key.writers[value] = number
        key.final[number] = value

    def _order(self, name: Value, key: _Key) -> None:
        add = self.found.add
        for value, readers in key.readers.items():
            writer = key.writers.get(value)
            if writer is not None:
                for number in readers:
                    self._check_read(name, key, value, number)
                    add(WR, writer, number)
        self._check_unwritten(name, key)
        self._check_updates(name, key)
        for before, after in key.over:
            following = key.writers[after]
            if following not in self._effective:
                continue
            if (writer := key.writers.get(before)) is not None:
                add(WW, writer, following)
            for number in key.readers.get(before, ()):
                add(RW, number, following)
        at_first = key.readers.get(None, [])
        writers = [number for number in key.writers.values() if number in self._effective]
        for count, number in enumerate(at_first, start=1):
            if count * len(writers) > MOST_PAIRS:
                self.found.notes.append(
                    f"{len(at_first)} reads of {spelled(name)} saw what was there first: the order of the first"
                    f" {count - 1} and the {len(writers)} writes alone was looked at"
                )
                break
            for following in writers:
                add(RW, number, following)

    def _inferred(self, order: str) -> dict[str, list[Edge]]:
        """The edges that follow from an order in time."""
        infer = in_process if order == PROCESS else in_real_time
        edges: dict[str, list[Edge]] = {WW: [], RW: []}
        for register in self.found.registers:
            for each in infer(self._txns, register.writers, register.reads):
                if each.before != each.after:
                    edges[each.kind].append((each.before, each.after))
                    self._timed[each.kind, each.before, each.after] = (each, register.name)
        return edges

    def _register(self, name: Value, key: _Key) -> Register:
        reads = [Read(key.writers.get(value), readers) for value, readers in key.readers.items() if value is not None]
        return Register(name, [number for number in key.final if number in self._effective], reads)

    def _check_unwritten(self, name: Value, key: _Key) -> None:
        """What was read and nobody wrote: of two such values, nil included, one alone can have been there first."""
        unwritten = [value for value in key.readers if value not in key.writers]
        strange = next((value for value in unwritten if value is not None), None)
        if strange is None:
            return
        if len(unwritten) == 1:
            self.found.notes.append(
                f"nobody wrote {spelled(strange)} to {spelled(name)}, which was read: where it comes from is not known"
            )
            return
        other = next(value for value in unwritten if value != strange)
        reader = key.readers[strange][0]
        self._anomaly(
            "unwritten-value",
            f"{self._name(reader)} read {spelled(strange)} of {spelled(name)}, which nobody wrote; nor can it have been"
            f" there first, since {spelled(other)} was read, too",
            reader,
        )

    def _check_updates(self, name: Value, key: _Key) -> None:
        """Two transactions that read one value and wrote over it: one of them did not see the other."""
        first: dict[Value, int] = {}
        for before, after in key.over:
            number = key.writers[after]
            if self._txns[number].outcome != "ok" or key.writers.get(before) == number:
                continue
            other = first.setdefault(before, number)
            if other != number:
                self._anomaly(
                    "lost-update",
                    f"{self._name(other)} and {self._name(number)} both read {spelled(before)} of {spelled(name)} and"
                    " wrote over it",
                    other,
                    number,
                )

    def _check_read(self, name: Value, key: _Key, value: Value, number: int) -> None:
        writer = key.writers[value]
        if self._txns[writer].outcome == "fail":
            self._anomaly(
                "G1a",
                f"{self._name(number)} read {spelled(value)} of {spelled(name)}, which {self._name(writer)} wrote, and"
                " that failed: an aborted read",
                number,
                writer,
            )
        elif writer != number and key.final[writer] != value:
            self._anomaly(
                "G1b",
                f"{self._name(number)} read {spelled(value)} of {spelled(name)}, which {self._name(writer)} wrote over"
                " itself: an intermediate state",
                number,
                writer,
            )

    def _anomaly(self, name: str, sentence: str, *numbers: int) -> None:
        self.found.anomalies.append(Anomaly(name, sentence, numbers))

    def _name(self, number: int) -> str:
        return self._txns[number].name

    def _tell(self, kind: str, before: int, after: int) -> Link:
        """Why one came before the other."""
        sentence, short = next(self._why(kind, before, after))
        return Link(kind=kind, sentence=sentence, short=short)

    def _why(self, kind: str, before: int, after: int) -> Iterator[tuple[str, str]]:
        first, second = self._name(before), self._name(after)
        for name, key in self._keys.items():
            of = spelled(name)
            if kind == WR:
                for value, number in key.writers.items():
                    if number == before and after in key.readers.get(value, ()):
                        yield f"{first} wrote {spelled(value)} to {of}, and {second} read it", f"{of}: {spelled(value)}"
            elif kind == WW:
                for old, new in key.over:
                    if key.writers.get(old) == before and key.writers[new] == after:
                        sentence = f"{first} wrote {spelled(old)} to {of}, which {second} read and wrote over with"
                        yield f"{sentence} {spelled(new)}", _over(name, old, new)
            elif (theirs := key.final.get(after)) is not None:
                for value, readers in key.readers.items():
                    if before in readers and (
                        value is None or any(o == value and key.writers[n] == after for o, n in key.over)
                    ):
                        sentence = f"{first} read {spelled(value)} of {of}, over which {second} wrote {spelled(theirs)}"
                        yield sentence, _over(name, value, theirs)
        yield self._why_timed(*self._timed[kind, before, after])

    def _why_timed(self, each: Inferred, name: Value) -> tuple[str, str]:
        """Why one came before the other, if calls take effect in the order of time."""
        key = self._keys[name]
        value = next(value for value, readers in key.readers.items() if each.reader in readers)
        read = f"{self._name(each.reader)} read {spelled(value)} of {spelled(name)}"
        after = self._name(each.after)
        if each.kind == RW:
            had = "had written it" if key.writers.get(value) == each.witness else "had read it"
            sentence = f"{read}, over which {after} wrote, which began after {self._name(each.witness)} {had}"
            return sentence, _over(name, value, key.final[each.after])
        sentence = f"{read}, which {after} wrote, when {self._name(each.before)} had written and ended"
        return sentence, _over(name, key.final[each.before], value)

    def _tell_forced(self, each: Forced) -> Link:
        """Why one came before the other, if some came before others."""
        first, second, third = self._name(each.before), self._name(each.after), self._name(each.third)
        name, key = spelled(each.name), self._keys[each.name]
        if each.kind == WW:
            sentence = (
                f"{first} wrote {spelled(key.final[each.before])} to {name} before {second} wrote there, or {third},"
                f" which came after {first}, would not have read what {second} wrote"
            )
            short = _over(each.name, key.final[each.before], key.final[each.after])
            return Link(kind=each.kind, sentence=sentence, short=short)
        value = next(value for value, readers in key.readers.items() if each.before in readers)
        sentence = (
            f"{first} read {spelled(value)} of {name}, which {third} wrote, and {second}, which came after {third},"
            f" wrote {spelled(key.final[each.after])} over it"
        )
        return Link(kind=each.kind, sentence=sentence, short=_over(each.name, value, key.final[each.after]))


def _over(name: Value, old: Value, new: Value) -> str:
    return f"{spelled(name)}: {spelled(old)} → {spelled(new)}"
