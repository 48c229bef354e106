"""Jepsen: histories in the two forms that Jepsen writes, as operations.

EDN, a vector of maps or one map a line::

    {:process 0, :type :invoke, :f :cas, :value [1 2], :time 10, :index 0}

and lines between tabs, as ``history.txt`` has them, or behind the words of Jepsen's own ``jepsen.util`` logger, whose
form has changed over the years. Other lines of a log are passed over::

    0	:invoke	:write	3
    INFO  jepsen.util - 0	:timed-out	:read	:timed-out
    2021-05-04 12:00:00,000{GMT}	INFO	[jepsen worker 0] jepsen.util: 0	:ok	:write	3

Every process but the nemesis is a client, whatever its name.

A time is an event's place in the file: Jepsen's own `:time` may repeat, but not go back. A completion of type
``:info``, or ``:timed-out`` as logs have it, leaves the outcome open, as does none at all. Completed values other than
the invocation's own are results, and of functions that only ask every value is: Knossos fills the answer of a read into
its invocation, too.

A history of several objects names each with a field ``:key``, or has a pair of key and value for each value, as
``jepsen.independent`` writes them: ``[:x nil]`` for a read, ``[:x 3]`` for its answer. Pairs are known by the reads,
which have no value of their own; without any read one has to say that they are pairs.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import cast

from actorproof.properties.linearizability.operation import BadHistoryError, Operation, Outcome, spelled

LOGGER = re.compile(r"\bjepsen\.util(?: -|:)? ")
LOG_LINE = re.compile(r"(?P<process>\S+)\t+(?P<type>:\S+)\t+(?P<f>:\S+)(?:\t+(?P<value>[^\t]*))?")
TOKEN = re.compile(
    r"(?P<skip>[\s,]+|;[^\n]*)|(?P<discard>\#_)|(?P<open>\#\{|[\[{(])|(?P<close>[\]})])"
    r'|(?P<string>"(?:[^"\\]|\\.)*")|(?P<tag>\#[A-Za-z][^\s,\[{(]*)|(?P<atom>[^\s,\[\](){}"]+)'
)
CLOSES = {"[": "]", "{": "}", "(": ")", "#{": "}"}
DEEPEST = 100
ENDS = ("ok", "fail", "info", "timed-out")
NEMESIS = ":nemesis"
ASKING = frozenset({"read", "get", "balance", "count", "total"})
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}


@dataclass(frozen=True, slots=True)
class _Event:
    line: int
    process: str
    type: str
    function: str
    value: Hashable
    time: int | float | None
    index: Hashable = None
    key: Hashable = None

    @property
    def is_client(self) -> bool:
        """Whether it is part of what is judged."""
        return self.process != NEMESIS


def parse(text: str, *, paired: bool | None = None) -> list[Operation]:
    """Read a history in either form; `Operation.key` is the key as text, empty without one.

    `paired` says whether values are pairs of key and value; None finds out. BadHistoryError names the line of what is
    no such history: bad EDN, an unknown type of event, a time that goes back, an index that comes twice, an unmatched
    end, a second invocation by a process whose first has not ended, a value that is no pair among pairs, an end with
    another key, an invocation without a key where others have one, a text without any event.
    """
    text = text.removeprefix("\ufeff")
    events = list(_from_edn(text) if _is_edn(text) else _from_log(text))
    _check_times(events)
    if not events:
        raise BadHistoryError("line 1: neither a Jepsen history in EDN nor a log with jepsen.util lines")
    events = [event for event in events if event.is_client]
    if _has_pairs(events) if paired is None else paired:
        events = [_split(event) for event in events]
    asked = [event for event in events if event.type == "invoke"]
    bare = next((event for event in asked if event.key is None), None)
    if bare is not None and any(event.key is not None for event in asked):
        raise BadHistoryError(f"line {bare.line}: process {bare.process} invokes {bare.function} of no key")
    return _pair(events)


def _has_pairs(events: list[_Event]) -> bool:
    """Whether every client asks with a pair, and its reads, which have no value, with a key alone."""
    asked = [event for event in events if event.type == "invoke"]
    reads = [event for event in asked if event.function == "read"]
    return bool(reads) and all(map(_is_pair, asked)) and all(event.value[1] is None for event in reads)  # type: ignore[index]  # a pair


def _is_pair(event: _Event) -> bool:
    return isinstance(event.value, tuple) and len(event.value) == len(("key", "value"))


def _split(event: _Event) -> _Event:
    """An event whose value is a pair as one with a key. An end without an answer need not repeat it."""
    if _is_pair(event):
        key, value = cast("tuple[Hashable, Hashable]", event.value)
        return replace(event, key=key, value=value)
    if event.type in {"invoke", "ok"}:
        raise BadHistoryError(f"line {event.line}: {_spelled(event.value)} is no pair of key and value")
    return event


def _is_edn(text: str) -> bool:
    bare = next((line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(";")), "")
    return bare.lstrip()[:1] in {"[", "{", "(", "#"}


def _from_log(text: str) -> Iterator[_Event]:
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    logged = [(number, line[found.end() :]) for number, line in lines if (found := LOGGER.search(line))]
    if not logged and lines and LOG_LINE.match(lines[0][1]):
        logged = lines
    for number, said in logged:
        found = LOG_LINE.match(said)
        if found is None:
            if "\t" in said or logged is lines:
                raise BadHistoryError(f"line {number}: not a process, type, function and value between tabs")
            continue
        read = [value for _, value in _Edn(found["value"] or "nil", number).all()]
        value = read[0] if len(read) == 1 else tuple(read)
        yield _event(number, {":process": found["process"], ":type": found["type"], ":f": found["f"], ":value": value})


def _from_edn(text: str) -> Iterator[_Event]:
    for number, value in _Edn(text, 1).all():
        rows = value.rows if isinstance(value, _Rows) else [(number, value)]
        for line, row in rows:
            if not isinstance(row, _Map):
                raise BadHistoryError(f"line {line}: {row!r} is not a map with :process, :type and :f")
            yield _event(line, row.pairs)


def _event(line: int, row: dict[Hashable, Hashable]) -> _Event:
    for name in (":process", ":type", ":f"):
        if row.get(name) is None:
            raise BadHistoryError(f"line {line}: no {name}")
    type_ = str(row[":type"]).removeprefix(":")
    if type_ != "invoke" and type_ not in ENDS:
        raise BadHistoryError(f"line {line}: event type {type_} is unknown: invoke, {', '.join(ENDS)} are known")
    time = row.get(":time")
    if time is not None and not isinstance(time, int | float):
        raise BadHistoryError(f"line {line}: :time {time!r} is no number")
    function = str(row[":f"]).removeprefix(":")
    value, index, key = (_plain(row.get(name)) for name in (":value", ":index", ":key"))
    return _Event(line, str(row[":process"]), type_, function, value, time, index, key)


def _check_times(events: list[_Event]) -> None:
    first: dict[Hashable, _Event] = {}
    for event in events:
        if event.index is not None and (other := first.setdefault(event.index, event)) is not event:
            raise BadHistoryError(f"line {event.line}: :index {event.index} comes twice, first on line {other.line}")
    timed = [event for event in events if event.time is not None]
    for before, event in pairwise(timed):
        if event.time < before.time:  # type: ignore[operator]  # those without a time are left out
            raise BadHistoryError(
                f"line {event.line}: time goes back to {event.time}, it was {before.time} on line {before.line}"
            )


def _pair(events: list[_Event]) -> list[Operation]:
    begun: dict[str, tuple[int, _Event]] = {}
    operations: list[Operation] = []
    for at, event in enumerate(events):
        if event.type == "invoke":
            if event.process in begun:
                earlier = begun[event.process][1]
                raise BadHistoryError(
                    f"line {event.line}: process {event.process} invokes {event.function} before its"
                    f" {earlier.function} of line {earlier.line} has ended"
                )
            begun[event.process] = (at, event)
            continue
        if event.process not in begun:
            raise BadHistoryError(f"line {event.line}: process {event.process} ends {event.function}, never invoked")
        start, call = begun.pop(event.process)
        if call.function != event.function:
            raise BadHistoryError(
                f"line {event.line}: process {event.process} ends {event.function}, but called {call.function}"
            )
        if event.key is not None and event.key != call.key:
            raise BadHistoryError(
                f"line {event.line}: process {event.process} ends {event.function} of key {_named(event.key)}, but"
                f" called that of {f'key {_named(call.key)}' if call.key is not None else 'no key'}"
            )
        operations.append(_operation(call, start, event, at))
    operations += [_operation(call, start, None, None) for start, call in begun.values()]
    return sorted(operations, key=lambda operation: operation.start_ns)


def _spelled(value: Hashable) -> str:
    return "nil" if value is None else spelled(value)


def _named(key: Hashable) -> str:
    """A key as text: keywords as they are, empty for none."""
    if key is None:
        return ""
    return key if isinstance(key, str) and key.startswith(":") else spelled(key)


def _operation(call: _Event, start: int, end: _Event | None, at: int | None) -> Operation:
    outcome: Outcome = "info"
    if end is not None and end.type in {"ok", "fail"}:
        outcome = "ok" if end.type == "ok" else "fail"
    result = None
    if end is not None and outcome == "ok" and (call.function in ASKING or end.value != call.value):
        result = end.value
    return Operation(
        id=f"line {call.line}",
        function=call.function,
        value=None if call.function == "read" and outcome == "ok" else call.value,
        start_ns=start,
        end_ns=None if outcome == "info" else at,
        outcome=outcome,
        result=result,
        process=call.process,
        key=_named(call.key),
    )


@dataclass(frozen=True, slots=True)
class _Map:
    pairs: dict[Hashable, Hashable]

    def __hash__(self) -> int:
        return hash(frozenset(self.pairs))


@dataclass(frozen=True, slots=True)
class _Rows:
    rows: tuple[tuple[int, Hashable], ...]
    ordered: bool = True


def _plain(value: Hashable) -> Hashable:
    """Vectors and lists as tuples, sets and maps as tuples in an order that hangs on what is in them alone."""
    if isinstance(value, _Rows):
        plain = tuple(_plain(row) for _, row in value.rows)
        return plain if value.ordered else tuple(sorted(plain, key=repr))
    if isinstance(value, _Map):
        return tuple(sorted(((_plain(name), _plain(each)) for name, each in value.pairs.items()), key=repr))
    return value


class _Edn:
    """As much of EDN as histories hold: nil, booleans, numbers, strings, keywords, symbols, collections; tags are
    passed over. Keywords stay strings with their colon.
    """

    def __init__(self, text: str, line: int) -> None:
        self._text = text
        self._at = 0
        self._line = line
        self._depth = 0

    def all(self) -> Iterator[tuple[int, Hashable]]:
        """Every value with the line that it begins on."""
        while True:
            kind, token = self._token()
            if kind == "end":
                return
            line = self._line
            yield line, self._value(kind, token)

    def _token(self) -> tuple[str, str]:
        while self._at < len(self._text):
            found = TOKEN.match(self._text, self._at)
            if found is None:
                raise BadHistoryError(f"line {self._line}: can't read {self._text[self._at : self._at + 20]!r}")
            self._at = found.end()
            kind, token = found.lastgroup or "", found.group()
            if kind == "discard":
                self._deeper()
                self._value(*self._token())
                self._depth -= 1
            elif kind not in {"skip", "tag"}:
                return kind, token
            self._line += token.count("\n")
        return "end", ""

    def _value(self, kind: str, token: str) -> Hashable:
        if kind == "open":
            self._deeper()
            collection = self._collection(token)
            self._depth -= 1
            return collection
        if kind == "close":
            raise BadHistoryError(f"line {self._line}: {token} closes nothing")
        if kind == "string":
            self._line += token.count("\n")
            return re.sub(r"\\(.)", lambda found: ESCAPES.get(found[1], found[0]), token[1:-1])
        return _atom(token)

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise BadHistoryError(f"line {self._line}: nested more than {DEEPEST} deep")

    def _collection(self, opening: str) -> Hashable:
        begun = self._line
        rows: list[tuple[int, Hashable]] = []
        while True:
            kind, token = self._token()
            line = self._line
            if kind == "end" or (kind == "close" and token != CLOSES[opening]):
                raise BadHistoryError(f"line {line}: the {opening} of line {begun} is not closed")
            if kind == "close":
                break
            rows.append((line, self._value(kind, token)))
        if opening != "{":
            return _Rows(tuple(rows), ordered=opening != "#{")
        if len(rows) % 2:
            raise BadHistoryError(f"line {begun}: a map with a name and no value")
        return _Map({rows[at][1]: rows[at + 1][1] for at in range(0, len(rows), 2)})


def _atom(token: str) -> Hashable:
    named: dict[str, Hashable] = {"nil": None, "true": True, "false": False}
    if token in named:
        return named[token]
    if re.fullmatch(r"[+-]?\d+[NM]?", token):
        return int(token.rstrip("NM"))
    if re.fullmatch(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?M?", token):
        return float(token.rstrip("M"))
    return token
