r"""Log: events as lines of columns, as Jepsen's ``history.txt`` has them, and ``jepsen.log`` behind a logger's words.

The columns are the process, the type, the function, the value and an error, parted by tabs or spaces; numbers of lines
before them are passed over. Where a text has lines of the logger ``jepsen.util`` all other lines are passed over::

    0	:invoke	:write	3
    INFO  jepsen.util - 0	:timed-out	:read	:timed-out
    2021-05-04 12:00:00,000{GMT}	INFO	[jepsen worker 0] jepsen.util: 0	:ok	:write	3
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from actorproof.properties.formats import edn
from actorproof.properties.formats.event import NEMESIS, TYPES, BadHistoryError, Event, event_of
from actorproof.properties.formats.values import Keyword, Value

LOGGER = re.compile(r"\bjepsen\.util(?: -|:)?\s+")
TYPE = rf":(?:{'|'.join(TYPES)})"
COLUMNS = re.compile(
    rf"\s*(?:\d+[:|.)]?\s+(?=\S+\s+{TYPE}\s))?(?P<process>\S+)\s+(?P<type>:\S+)\s+(?P<f>:\S+)(?:\s+(?P<rest>.*))?"
)
EVENT = re.compile(rf"\S+\s+{TYPE}(?:\s|$)")
EXPECTED = "expected process, :type, :function and value, between tabs or spaces"


def events(text: str) -> Iterator[Event]:
    """The events of a text; BadHistoryError, with the line, for a line that is none and should be."""
    rows = [(number, row) for number, row in enumerate(text.split("\n"), start=1) if row.strip()]
    logged = [(number, row[found.end() :]) for number, row in rows if (found := LOGGER.search(row))]
    known: dict[str, Value] = {}
    for number, row in logged or rows:
        found = COLUMNS.match(row)
        if found is None or not (logged or EVENT.search(row)):
            if logged and not EVENT.match(row):
                continue  # something else that this logger said
            raise BadHistoryError(f"{row.strip()[:60]!r} is no event: {EXPECTED}", line=number, column=1)
        rest = found["rest"] or "nil"
        if rest not in known:
            known[rest] = _value(rest, number)
        fields: dict[str, Value] = {
            "process": Keyword(NEMESIS) if found["process"] == f":{NEMESIS}" else found["process"],
            "type": Keyword(found["type"][1:]),
            "f": Keyword(found["f"][1:]),
            "value": known[rest],
        }
        yield event_of(number, fields.get)


def _value(rest: str, line: int) -> Value:
    """The value of a line; what stands behind it is an error's text."""
    try:
        return next(edn.values(rest)).value
    except StopIteration:
        return None
    except BadHistoryError as error:
        raise BadHistoryError(error.message, line=line) from error
