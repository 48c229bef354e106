"""List-append: transactions that append unique elements to lists, and read whole lists.

A list that was read shows the order of all appends before it, so the longest one of a key has the order of versions:

- each read is a beginning of it (else *incompatible-order*);
- who appended an element came before who appended the next one (ww), and before who read a list that ends with it (wr);
- who read a list came before who appended the element that follows (rw), or one that is in no list that was read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from actorproof.properties.formats.event import BadHistoryError
from actorproof.properties.formats.values import Value, shortened, spelled
from actorproof.properties.linearizability.cycle import Link
from actorproof.properties.linearizability.transactions.dependencies import RW, WR, WW, Anomaly, Dependencies
from actorproof.properties.linearizability.transactions.txn import READ, Txn

APPEND = "append"
SHOWN = 60
MOST_PAIRS = 100_000  # of readers and unread appends of a key, for the room that their edges take
List = tuple[Value, ...]


@dataclass(slots=True)
class _Key:
    """All that is known of one key: who appended what, and what last, who read what, and the longest list of these.

    Most lists that are read are the beginning of the longest one, or go on from it, and comparing them whole is cheap.
    """

    writers: dict[Value, int] = field(default_factory=dict)
    final: dict[int, Value] = field(default_factory=dict)
    reads: list[tuple[int, List]] = field(default_factory=list)
    longest: List = ()
    reader: int = -1

    def take(self, number: int, read: List) -> None:
        """A list as it was before its reader appended anything itself."""
        self.reads.append((number, read))
        if len(read) > len(self.longest):
            self.longest, self.reader = read, number

    def take_order(self, number: int, read: List) -> None:
        """A list that its reader can't have seen so; until an element comes again it shows an order all the same."""
        found: list[Value] = []
        for element in read:
            if element in found:
                break
            found.append(element)
        if len(found) > len(self.longest):
            self.longest, self.reader = tuple(found), number

    def repeats(self, read: List) -> bool:
        """Whether an element is twice in a list that was read; none is in the longest one."""
        return not self.begins(read) and len(set(read)) < len(read)

    def begins(self, read: List) -> bool:
        """Whether a list is the beginning of the longest one."""
        return read == self.longest[: len(read)]


def dependencies(txns: Sequence[Txn]) -> Dependencies:
    """What a history of such transactions says of their order.

    BadHistoryError, with the line, for an element that is appended twice to a key, or a read that is no list.
    """
    return _Reading(txns).found


class _Reading:
    def __init__(self, txns: Sequence[Txn]) -> None:
        self._txns = txns
        self._keys: dict[Value, _Key] = defaultdict(_Key)
        self.found = Dependencies(txns, self._tell)
        for number, txn in enumerate(txns):
            self._take(number, txn)
        self._effective = {number for number, txn in enumerate(txns) if txn.outcome == "ok"}
        for key in self._keys.values():
            self._effective.update(key.writers[each] for each in key.longest if each in key.writers)
        for name, key in self._keys.items():
            self._order(name, key)

    # ---- what each transaction did

    def _take(self, number: int, txn: Txn) -> None:
        for step in txn.steps:
            if step.function == READ:
                continue
            key = self._keys[step.key]
            other = key.writers.get(step.value)
            if other is not None:
                raise BadHistoryError(
                    f"{spelled(step.value)} is appended to {spelled(step.key)} twice, first at"
                    f" {self._txns[other].name}: expected unique elements of each key",
                    line=txn.line,
                    field="value",
                )
            key.writers[step.value] = number
            key.final[number] = step.value
        if txn.outcome == "ok":
            self._take_reads(number, txn)

    def _take_reads(self, number: int, txn: Txn) -> None:
        """The reads of other transactions' appends; and whether what it read fits what it did before."""
        before: dict[Value, tuple[List | None, List]] = {}  # the last read of a key, and what was appended since
        to_come = {(step.key, step.value) for step in txn.steps if step.function != READ}
        for step in txn.steps:
            seen, since = before.get(step.key, (None, ()))
            if step.function != READ:
                before[step.key] = (seen, (*since, step.value))
                to_come.discard((step.key, step.value))
                continue
            read = step.value if step.value is not None else ()
            if not isinstance(read, tuple):
                raise BadHistoryError(
                    f"a read of {spelled(step.key)} answers {spelled(read)}: expected a list", line=txn.line
                )
            self.found.reads += 1
            early = [element for key, element in to_come if key == step.key and element in read] if to_come else []
            if early:
                early.sort(key=read.index)
                self._anomaly(
                    "future-read",
                    f"{txn.name} read {spelled(early[0])} of {spelled(step.key)} before it appended that itself",
                    number,
                )
            if seen is None and self._keys[step.key].repeats(read):
                self._anomaly("duplicate-elements", f"{txn.name} read {_list(read)} of {spelled(step.key)}", number)
                self._keys[step.key].take_order(number, read)
            elif (seen is not None and read != (*seen, *since)) or read[len(read) - len(since) :] != since:
                expected = f"... {spelled(since)}" if seen is None else spelled((*seen, *since))
                self._anomaly(
                    "internal",
                    f"{txn.name} read {_list(read)} of {spelled(step.key)}, and should have read {expected} after its"
                    " own steps",
                    number,
                )
                self._keys[step.key].take_order(number, read)
            elif seen is None:
                self._keys[step.key].take(number, read[: len(read) - len(since)])
            before[step.key] = (read, ())

    # ---- what they say of each other

    def _order(self, name: Value, key: _Key) -> None:
        longest = key.longest
        self._check_elements(name, key)
        reads = [(number, read) for number, read in key.reads if key.begins(read)]
        if len(reads) < len(key.reads):
            # The order of versions is that of the longest list; what contradicts it is told, and adds nothing.
            number, read = next((number, read) for number, read in key.reads if not key.begins(read))
            self._anomaly(
                "incompatible-order",
                f"{self._name(number)} read {_list(read)} of {spelled(name)}, and {self._name(key.reader)}"
                f" {_list(longest)}: neither is the beginning of the other",
                number,
                key.reader,
            )
        writers = [key.writers.get(element) for element in longest]
        add = self.found.add
        for before, after in pairwise(writers):
            if before is not None and after is not None:
                add(WW, before, after)
        shown = set(longest)
        unread = [
            number for element, number in key.writers.items() if element not in shown and number in self._effective
        ]
        last = writers[-1] if writers else None
        if last is not None:
            for number in unread:
                add(WW, last, number)
        whole = 0
        for number, read in reads:
            if read and (writer := writers[len(read) - 1]) is not None:
                add(WR, writer, number)
            if len(read) < len(longest):
                if (following := writers[len(read)]) is not None:
                    add(RW, number, following)
                continue
            whole += 1
            if whole * len(unread) <= MOST_PAIRS:
                for following in unread:
                    add(RW, number, following)
        if whole * len(unread) > MOST_PAIRS:
            self.found.notes.append(
                f"{whole} reads of {spelled(name)} saw all of it but {len(unread)} appends: the order of"
                f" {MOST_PAIRS // len(unread)} of them and those appends alone was looked at"
            )

    def _check_elements(self, name: Value, key: _Key) -> None:
        """Aborted, intermediate and unheard-of elements of what was read."""
        txns = self._txns
        unknown: set[Value] = set()
        for number, read in key.reads:
            writer = key.writers.get(read[-1]) if read else None
            if writer is not None and writer != number and key.final[writer] != read[-1]:
                self._anomaly(
                    "G1b",
                    f"{self._name(number)} read {_list(read)} of {spelled(name)}, to which {self._name(writer)} later"
                    " appended more: an intermediate state",
                    number,
                    writer,
                )
        seen: set[Value] = set()
        for number, read in sorted(key.reads, key=lambda each: -len(each[1])):
            if seen and key.begins(read):
                continue  # the longest one was looked at first
            new = [element for element in read if element not in seen]
            seen.update(new)
            for element in new:
                writer = key.writers.get(element)
                if writer is None:
                    unknown.add(element)
                elif txns[writer].outcome == "fail":
                    self._anomaly(
                        "G1a",
                        f"{self._name(number)} read {spelled(element)} of {spelled(name)}, which {self._name(writer)}"
                        " appended, and that failed: an aborted read",
                        number,
                        writer,
                    )
        self._check_updates(name, key)
        self._check_dirty(name, key)
        if unknown:
            self._unwritten(name, key, unknown)

    def _check_updates(self, name: Value, key: _Key) -> None:
        """Two transactions that read one list and appended to it: one of them did not see the other."""
        first: dict[List, int] = {}
        appending = set(key.writers.values())
        for number, read in key.reads:
            if number in appending:
                other = first.setdefault(read, number)
                if other != number:
                    self._anomaly(
                        "lost-update",
                        f"{self._name(other)} and {self._name(number)} both read {_list(read)} of {spelled(name)} and"
                        " appended to it",
                        other,
                        number,
                    )

    def _check_dirty(self, name: Value, key: _Key) -> None:
        """A transaction that took effect on top of what one had left that failed."""
        aborted: int | None = None
        for element in key.longest:
            writer = key.writers.get(element)
            if writer is None or self._txns[writer].outcome == "info":
                continue
            if self._txns[writer].outcome == "fail":
                aborted = writer
            elif aborted is not None:
                self._anomaly(
                    "dirty-update",
                    f"{self._name(writer)} appended {spelled(element)} to {spelled(name)} behind what"
                    f" {self._name(aborted)} had appended, and that failed",
                    aborted,
                    writer,
                )
                return

    def _unwritten(self, name: Value, key: _Key, unknown: set[Value]) -> None:
        """Elements that nobody appended: there before the history began, if they come first; else from nowhere."""
        at_first, shortest = 0, min(len(read) for _, read in key.reads)
        while at_first < shortest and key.longest[at_first] in unknown:
            at_first += 1
        if len(unknown) == at_first:
            self.found.notes.append(
                f"nobody appended the first elements of {spelled(name)}, {_list(key.longest[:at_first])}: taken as"
                " there before the history began"
            )
            return
        strange = min(unknown - set(key.longest[:at_first]), key=spelled)
        reader = next(number for number, read in key.reads if strange in read)
        self._anomaly(
            "unwritten-element",
            f"{self._name(reader)} read {spelled(strange)} of {spelled(name)}, which nobody appended",
            reader,
        )

    # ---- words

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
            theirs = [element for element, number in key.writers.items() if number == after]
            if kind == WW:
                unread = [element for element in theirs if element not in key.longest]
                for last, next_ in pairwise((*key.longest, *unread)):
                    if key.writers.get(last) == before and next_ in theirs:
                        sentence = f"{first} appended {spelled(last)} to {of} before {second} appended {spelled(next_)}"
                        yield sentence, f"{of}: {spelled(last)} → {spelled(next_)}"
            for number, read in key.reads:
                if kind == WR and number == after and read and key.writers.get(read[-1]) == before:
                    last = spelled(read[-1])
                    yield f"{first} appended {last} to {of}, and {second} read {_list(read)}", f"{of}: {last}"
                if kind == RW and number == before and (missing := [each for each in theirs if each not in read]):
                    seen, next_ = spelled(read[-1]) if read else "[]", spelled(missing[0])
                    sentence = f"{first} read {_list(read)} of {of}, without {next_} that {second} appended"
                    yield sentence, f"{of}: {seen} → {next_}"


def _list(read: List) -> str:
    return shortened(spelled(read), SHOWN)
