r"""EDN: the notation of Clojure, in which Jepsen keeps histories.

All of it is read: nil, truth values, whole numbers and others, characters, strings, keywords, symbols, vectors, lists,
sets, maps, namespaced maps, tagged values, comments, metadata and what ``#_`` leaves out. An event that stands in one
flat map on one line, as nearly all do, is taken apart by one regular expression.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

from actorproof.properties.formats.event import TRANSACTION, TYPES, BadHistoryError, Event, event_of, process_of
from actorproof.properties.formats.values import (
    FALSE,
    TRUE,
    Character,
    FrozenMap,
    Keyword,
    Real,
    Symbol,
    Tagged,
    Value,
    spelled,
    word,
)

T = TypeVar("T")
ATOM = r'[^\s,\[\](){}";#^\\@`~]+'
TOKEN = re.compile(
    r"(?P<skip>[\s,]++|;[^\n]*+)|(?P<discard>\#_)|(?P<space>\#:{1,2}[^\s,{\[(]*+)|(?P<open>\#\{|[\[{(])"
    r'|(?P<close>[\]})])|(?P<string>"(?:[^"\\]|\\.)*+")'
    r"|(?P<character>\\(?:newline|space|tab|return|formfeed|backspace|u[0-9a-fA-F]{4}|o[0-7]{1,3}|\S))"
    r"|(?P<symbolic>\#\#[A-Za-z]++)|(?P<tag>\#[A-Za-z][^\s,\[{(\"\]})]*+)|(?P<meta>\^)"
    rf"|(?P<atom>{ATOM}(?:[\#'][^\s,\[\](){{}}\";]*+)?)",
    re.DOTALL,
)
SPACE = re.compile(r"(?:[\s,]++|;[^\n]*+)*+")
STRING = r'"(?:[^"\\\n]|\\[^\n])*+"'
ATOMS = r'[^\n\r\[\](){}";#^\\@`~]++'  # with what stands between them, at once: a list may have thousands
OPEN, CLOSE = r"(?:\#?\{|[\[(])", r"[\]})]"


def _within(inner: str) -> str:
    """The pattern of what stands between brackets, brackets with `inner` included."""
    return rf"(?>{ATOMS}|{STRING}|{OPEN}{inner}{CLOSE})*+"


FLAT = rf"(?>{ATOMS}|{STRING})*+"
VALUE = rf"(?>{ATOM}|{STRING}|{OPEN}{_within(_within(FLAT))}{CLOSE})"
FIELD = rf":([A-Za-z][\w.*+!?<>=/-]*+)[ ,]++({VALUE})"
# One event on one line: its fields, and nothing that `FIELD` does not know.
ONE_LINE = re.compile(rf"\{{[ ,]*+(?>{FIELD}[ ,]*+)++\}}")
FIELDS = re.compile(FIELD)
# A value without strings, characters, tags and comments, and what it is made of.
PLAIN = re.compile(r"(?:[^\"#;^\\]++|#\{)*+")
# Whole numbers in a row are one part.
PARTS = re.compile(r"#\{|[\[\](){}]|\d+(?: \d+)+(?![^\s,\[\](){}])|[^\s,\[\](){}#]++")
WHOLE = re.compile(r"[+-]?\d+N?")
NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?M?")
RATIO = re.compile(r"[+-]?\d+/\d+")
LISTS = ("[", "(", "#{")
CLOSES = {"[": "]", "{": "}", "(": ")", "#{": "}"}
ENDS = frozenset(CLOSES.values())
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "\\": "\\"}
DEEPEST = 100
REMEMBERED = 200_000  # values whose spelling is known, for the room that they take
WORDS: dict[str, Value] = {"nil": None, "true": TRUE, "false": FALSE}


class Placed(NamedTuple):
    """A value, and where it begins: line and column, from 1."""

    line: int
    column: int
    value: Value


def values(text: str) -> Iterator[Placed]:
    """Every value of a text; BadHistoryError, with line and column, for what is no EDN."""
    return _Reader(text).all()


def value(text: str) -> Value:
    """The one value of a text; BadHistoryError when there is none, or another one."""
    match list(values(text)):
        case [only]:
            return only.value
        case found:
            raise BadHistoryError(f"{text!r} is {len(found)} values: expected one", line=1, column=1)


def events(text: str) -> Iterator[Event]:
    """The events of a history: maps one after the other, or in vectors, lists or sets.

    BadHistoryError, with line and column, for what is no EDN or no event.
    """
    reader = _Reader(text)
    flat = _Flat()
    at, counted, line = 0, 0, 1
    opened: list[str] = []
    while True:
        at = SPACE.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing, too
        line += text.count("\n", counted, at)
        counted = at
        if at >= len(text):
            break
        found = ONE_LINE.match(text, at)
        event = flat.event(line, found.group()) if found is not None else None
        if found is not None and event is not None:
            at = found.end()
            yield event
            continue
        mark = "#{" if text.startswith("#{", at) else text[at]
        if mark in LISTS and len(opened) < DEEPEST:
            opened.append(mark)
            at += len(mark)
            continue
        if opened and mark == CLOSES[opened[-1]]:
            opened.pop()
            at += 1
            continue
        reader.seek(at)
        placed = reader.one()
        if placed is None:
            break
        at = reader.at
        yield _event(placed)
    if opened:
        raise reader.error(f"the {opened[-1]} at the beginning is not closed", len(text))


class _Known(dict[str, T]):
    """What spellings stand for: each is made once, and an object that is the same is soon found to be equal."""

    def __init__(self, made: Callable[[str], T]) -> None:
        self._made = made

    def __missing__(self, spelling: str) -> T:
        found = self._made(spelling)
        if len(self) < REMEMBERED:
            self[spelling] = found
        return found


class _Flat:
    """Reads events that stand on one line each, and remembers the spellings that come again and again."""

    def __init__(self) -> None:
        self._atoms = _Known(value)
        self._numbers = _Known(int)
        self._names = _Known(lambda spelling: word(value(spelling)))
        self._names["nil"] = TRANSACTION
        self._processes = _Known(lambda spelling: process_of(value(spelling)))

    def event(self, line: int, text: str) -> Event | None:
        """The event of a line; None for one that needs a closer look."""
        fields: dict[str, str] = dict(FIELDS.findall(text))
        get = fields.get
        index, time = get("index"), get("time")
        if index is not None and not index.isdecimal():
            return None
        try:
            type_, function = self._names[get("type", "nil")], self._names[get("f", "nil")]
            value = self.value(fields["value"]) if "value" in fields else None
            key = self.value(fields["key"]) if "key" in fields else None
            process = self._processes[get("process", "nil")]
        except BadHistoryError:
            return None
        if type_ not in TYPES or function is None:
            return None
        return Event(
            line=line,
            process=process,
            type=type_,
            function=function,
            value=value,
            time=int(time) if time is not None and time.isdecimal() else None,
            index=int(index) if index is not None else None,
            key=key,
        )

    def value(self, spelling: str) -> Value:
        """The value of a spelling."""
        if spelling.isdecimal():
            return int(spelling)
        if spelling.startswith('"') and "\\" not in spelling:
            return spelling[1:-1]
        return self._plain(spelling) if PLAIN.fullmatch(spelling) else value(spelling)

    def _plain(self, spelling: str) -> Value:
        """The value of a spelling whose brackets `VALUE` has counted."""
        around: list[tuple[str, list[Value]]] = []
        inside: list[Value] = []
        for part in PARTS.findall(spelling):
            if " " in part:
                inside.extend(map(self._numbers.__getitem__, part.split()))
            elif part in CLOSES:
                around.append((part, inside))
                inside = []
            elif part in ENDS:
                opening, outside = around.pop()
                if CLOSES[opening] != part or (opening == "{" and len(inside) % 2):
                    return value(spelling)  # it says what is wrong
                outside.append(_collected(opening, inside))
                inside = outside
            else:
                inside.append(self._atoms[part])
        return inside.pop()


def _collected(opening: str, rows: list[Value]) -> Value:
    if opening == "#{":
        return frozenset(rows)
    return FrozenMap(zip(rows[::2], rows[1::2], strict=True)) if opening == "{" else tuple(rows)


def _event(placed: Placed) -> Event:
    row = placed.value
    if isinstance(row, Tagged):  # a record of Jepsen's own
        row = row.value
    if not isinstance(row, FrozenMap):
        raise BadHistoryError(
            f"{spelled(row)} is no event: expected a map with :process, :type, :f and :value",
            line=placed.line,
            column=placed.column,
        )
    named: dict[str, Value] = {}
    for name, each in row:
        if isinstance(name, Keyword):
            named[name.name.rpartition("/")[2]] = each
    return event_of(placed.line, named.get)


class _Reader:
    """Reads values one after the other, from a place in a text on."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0
        self._depth = 0

    def seek(self, at: int) -> None:
        self.at = at

    def all(self) -> Iterator[Placed]:
        while (placed := self.one()) is not None:
            yield placed

    def one(self) -> Placed | None:
        """The next value; None at the end of the text."""
        kind, mark, begin = self._mark()
        if kind == "end":
            return None
        found = self._value(kind, mark, begin)
        line = self._text.count("\n", 0, begin) + 1
        return Placed(line, begin - self._text.rfind("\n", 0, begin), found)

    def error(self, message: str, at: int) -> BadHistoryError:
        """A fault at a place in the text."""
        line = self._text.count("\n", 0, at) + 1
        return BadHistoryError(message, line=line, column=at - self._text.rfind("\n", 0, at))

    def _mark(self) -> tuple[str, str, int]:
        while self.at < len(self._text):
            begin = self.at
            found = TOKEN.match(self._text, begin)
            if found is None:
                raise self.error(f"can't read {self._text[begin : begin + 20]!r}: expected EDN", begin)
            self.at = found.end()
            kind, mark = found.lastgroup or "", found.group()
            if kind == "discard":
                self._following(begin, "#_")
            elif kind == "meta":
                self._following(begin, "^")
            elif kind != "skip":
                return kind, mark, begin
        return "end", "", len(self._text)

    def _following(self, begin: int, what: str) -> Value:
        """The value that belongs to a mark before it."""
        self._deeper(begin)
        kind, mark, at = self._mark()
        if kind in {"end", "close"}:
            raise self.error(f"{what} stands before nothing: expected a value", begin)
        found = self._value(kind, mark, at)
        self._depth -= 1
        return found

    def _value(self, kind: str, mark: str, begin: int) -> Value:
        match kind:
            case "open":
                self._deeper(begin)
                found = self._collection(mark, begin)
                self._depth -= 1
                return found
            case "close":
                raise self.error(f"{mark} closes nothing", begin)
            case "string":
                return self._string(mark, begin)
            case "tag":
                return Tagged(mark[1:], self._following(begin, mark))
            case "space":
                return self._namespaced(mark, begin)
            case "character":
                return Character(mark[1:])
        return self._atom(mark, begin)

    def _deeper(self, begin: int) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self.error(f"nested more than {DEEPEST} deep", begin)

    def _collection(self, opening: str, begin: int) -> Value:
        rows: list[Value] = []
        while True:
            kind, mark, at = self._mark()
            if kind == "end" or (kind == "close" and mark != CLOSES[opening]):
                line = self._text.count("\n", 0, begin) + 1
                raise self.error(f"the {opening} of line {line} is not closed: expected {CLOSES[opening]}", at)
            if kind == "close":
                break
            rows.append(self._value(kind, mark, at))
        if opening == "{" and len(rows) % 2:
            raise self.error("a map with a name and no value: expected {:name value ...}", begin)
        return _collected(opening, rows)

    def _namespaced(self, mark: str, begin: int) -> Value:
        found = self._following(begin, mark)
        if not isinstance(found, FrozenMap):
            raise self.error(f"{mark} stands before {spelled(found)}: expected a map", begin)
        space = mark.lstrip("#:")
        return FrozenMap(
            (Keyword(f"{space}/{name.name}") if isinstance(name, Keyword) and "/" not in name.name else name, each)
            for name, each in found
        )

    def _string(self, mark: str, begin: int) -> str:
        def escaped(found: re.Match[str]) -> str:
            mark = found[1]
            if mark[1:]:
                return chr(int(mark[1:], 16))
            if mark not in ESCAPES:
                raise self.error(rf"\{mark} in a string: expected one of \n \t \r \b \f \\ \" \uXXXX", begin)
            return ESCAPES[mark]

        return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", escaped, mark[1:-1], flags=re.DOTALL)

    def _atom(self, mark: str, begin: int) -> Value:
        if mark in WORDS:
            return WORDS[mark]
        if mark[0] == ":":
            if mark == ":":
                raise self.error("a colon without a name: expected a keyword such as :read", begin)
            return Keyword(mark.lstrip(":"))
        if mark[0].isdigit() or (mark[0] in "+-" and mark[1:2].isdigit()):
            if WHOLE.fullmatch(mark):
                return int(mark.removesuffix("N"))
            if NUMBER.fullmatch(mark):
                decimal = "M" if mark[-1] == "M" else ""
                return Real(repr(float(mark.removesuffix("M"))) + decimal)
            if RATIO.fullmatch(mark):
                return Real(mark)
            raise self.error(f"{mark} is no number", begin)
        return Symbol(mark)
