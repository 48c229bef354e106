"""Found: which format a text has, by its content or by name, and its calls.

Each format is one reader: a function from a text to its events. Names are those of ``--format``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from actorproof.properties.formats import edn, json_text, log
from actorproof.properties.formats.calls import Call, calls_of
from actorproof.properties.formats.event import BadHistoryError, Event

Reader = Callable[[str], Iterator[Event]]
FORMATS: Mapping[str, Reader] = {
    "edn": edn.events,
    "json": json_text.events,
    "jsonl": json_text.events,
    "txt": log.events,
    "log": log.events,
    "porcupine": lambda text: (edn.events if text.lstrip().startswith(("{", "[", "(")) else log.events)(text),
}
NUMBERED = re.compile(r"^([ \t]*\d+[:|.)]?[ \t]+)(?=[{\[(#])")
FIRST = re.compile(r"(?:[\s,]|;[^\n]*)*")
JSON = re.compile(r'\[?\s*\{\s*"|\[\s*\]')
EXPECTED = "expected events in EDN or JSON, or lines of Jepsen's history.txt or jepsen.log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A history as calls, the name of its format, and what the reader should know of it."""

    format: str
    calls: list[Call]
    notes: list[str]


def read(text: str, *, format_: str | None = None) -> Found:
    """Read a history; without `format_` its content says which it has.

    BadHistoryError, with line and column, for what is no history.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    text = _without_numbers(text)
    name = format_ or _format_of(text)
    try:
        events = list(FORMATS[name](text))
        calls, notes = calls_of(events)
    except BadHistoryError as error:
        raise located(error, text) from error
    if not events:
        raise BadHistoryError(f"no event: {EXPECTED}", line=1, column=1)
    return Found(format=name, calls=calls, notes=notes)


def located(error: BadHistoryError, text: str) -> BadHistoryError:
    """The error with the column of the field that it is about, where the text shows it."""
    if error.line is None or error.column is not None or error.field is None:
        return error
    begin = 0
    for _ in range(error.line - 1):
        begin = text.find("\n", begin) + 1
    mark = re.compile(rf'(?::(?:[\w.-]+/)?{error.field}|"{error.field}"\s*:)[\s,]*')
    found = mark.search(text, begin)
    if found is None:
        return BadHistoryError(error.message, line=error.line)
    line = text.count("\n", begin, found.end()) + error.line
    return BadHistoryError(error.message, line=line, column=found.end() - text.rfind("\n", 0, found.end()))


def _format_of(text: str) -> str:
    at = FIRST.match(text).end()  # type: ignore[union-attr]  # it matches nothing, too
    if JSON.match(text, at):
        return "json"
    if text.startswith(("{", "[", "(", "#"), at):
        return "edn"
    row = next((row for row in text.split("\n") if row.strip()), "")
    if log.LOGGER.search(text) or log.EVENT.search(row):
        return "log" if log.LOGGER.search(text) else "txt"
    what = f"{row.strip()[:60]!r} is no history" if row else "there is no event"
    raise BadHistoryError(f"{what}: {EXPECTED}", line=1, column=1)


def _without_numbers(text: str) -> str:
    """A text without the numbers of lines that it was pasted with, if every line has one; columns stay as they are."""
    rows = text.split("\n")
    written = [row for row in rows if row.strip()]
    if not written or not all(NUMBERED.match(row) for row in written):
        return text
    return "\n".join(NUMBERED.sub(lambda found: " " * len(found[1]), row) for row in rows)
