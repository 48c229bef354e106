"""JSON: events as objects, in one array or one a line, with the fields that Jepsen's histories have in EDN.

Keys of objects are strings, and so are names of functions and of types. A number that is whole is a whole number,
however it is written: JSON has no other.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator
from typing import Any

import msgspec

from actorproof.properties.formats.event import BadHistoryError, Event, event_of
from actorproof.properties.formats.values import Value, real, typed

SIMPLE = (int, str, type(None))


class _Row(msgspec.Struct):
    process: Any = None
    type: Any = None
    f: Any = None
    value: Any = None
    time: Any = None
    index: Any = None
    key: Any = None


def _number(text: str) -> Hashable:
    return real(float(text))


_ROW = msgspec.json.Decoder(_Row, float_hook=_number)
_ROWS = msgspec.json.Decoder(list[msgspec.Raw])


def events(text: str) -> Iterator[Event]:
    """The events of a text; BadHistoryError, with line and column, for what is no JSON or no event."""
    if text.lstrip().startswith("["):
        yield from _from_array(text)
    else:
        yield from _from_lines(text)


def _from_lines(text: str) -> Iterator[Event]:
    at = 0
    for line, row in enumerate(text.split("\n"), start=1):
        if row.strip():
            try:
                yield _event(line, row.encode())
            except msgspec.DecodeError as error:
                if _is_whole(row):
                    raise _bad(error, line, row) from error
                yield from _one_after_the_other(text, at)
                return
        at += len(row) + 1


def _is_whole(row: str) -> bool:
    """Whether a line ends what it begins, so that a fault in it is its own."""
    return row.rstrip().rstrip(",").endswith("}")


def _one_after_the_other(text: str, at: int) -> Iterator[Event]:
    """Objects over several lines."""
    decoder = json.JSONDecoder()
    while True:
        while at < len(text) and (text[at].isspace() or text[at] == ","):
            at += 1
        if at == len(text):
            return
        line = text.count("\n", 0, at) + 1
        try:
            _, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise BadHistoryError(f"no JSON: {error.msg}", line=error.lineno, column=error.colno) from error
        yield _event(line, text[at:end].encode())
        at = end


def _from_array(text: str) -> Iterator[Event]:
    whole = text.encode()
    try:
        rows = _ROWS.decode(whole)
    except msgspec.DecodeError as error:
        try:
            json.loads(text)
        except json.JSONDecodeError as told:
            raise BadHistoryError(f"no JSON: {told.msg}", line=told.lineno, column=told.colno) from told
        raise BadHistoryError(f"no history in JSON: {error}", line=1, column=1) from error
    begin, end, line = 0, 0, 1
    for raw in rows:
        row = bytes(raw)
        at = whole.index(row, end)
        line += whole.count(b"\n", begin, at)
        begin, end = at, at + len(row)
        try:
            yield _event(line, row)
        except msgspec.DecodeError as error:
            raise _bad(error, line, row.decode()) from error


def _bad(error: msgspec.DecodeError, line: int, row: str) -> BadHistoryError:
    try:
        json.loads(row.rstrip().rstrip(","))
    except json.JSONDecodeError as told:
        return BadHistoryError(f"no JSON: {told.msg}", line=line + told.lineno - 1, column=told.colno)
    said = f"no event: {error}: expected an object with process, type, f and value"
    return BadHistoryError(said, line=line, column=1)


def _event(line: int, row: bytes) -> Event:
    read = _ROW.decode(row)

    def get(name: str) -> Value:
        found: Value = getattr(read, name)
        if type(found) not in SIMPLE:
            found = typed(found)
        return found

    return event_of(line, get)
