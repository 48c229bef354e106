"""History: somebody else's history as one page, a row a process, with what fits nowhere in red.

Cycles of transactions stand above the rows: one transaction below the other, each edge between its two, and a line at
the side from the last one back to the first, so that they are read at any width, from top to bottom, without colours.

The page draws only what is in sight, so that it works for tens of thousands of operations.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal

import msgspec

from actorproof.properties.linearizability.cycle import Cycle
from actorproof.properties.linearizability.transactions.dependencies import REALTIME

SHORT = {REALTIME: "rt"}
DRAWN = re.compile(r" +(\||\^-|\[.*\] --)")  # a row of a drawing in text, where each column counts
Mark = Literal["placed", "stuck", "beside", "failed", "open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One operation.

    Attributes:
        process: whose row it stands in.
        start, end: its places among the events; `end` None where it has none.
        text: what it says when it is pointed at.
        mark: ``placed`` in the order that fits, ``stuck`` for what fits nowhere, ``beside`` for what was under way
            then, ``failed``, or ``open`` for the rest.
        place: its number in the order, from 1; None where it is in none.
    """

    process: str
    start: int
    end: int | None
    text: str
    mark: Mark
    place: int | None = None


def history_page(*, title: str, lines: Sequence[str], bars: Sequence[Bar], cycles: Sequence[Cycle] = ()) -> str:
    """The text of the page; `lines` say above the rows what was found, and `cycles` are drawn there."""
    # Most histories are only decided, and templates take a while to load.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415
    from markupsafe import Markup  # noqa: PLC0415

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
    )
    processes = sorted({bar.process for bar in bars}, key=lambda name: (len(name), name))
    rows = {name: at for at, name in enumerate(processes)}
    drawn = [(rows[bar.process], bar.start, bar.end, bar.text, bar.mark, bar.place) for bar in bars]
    data = msgspec.json.encode({"processes": processes, "bars": drawn}).decode()
    # Inside a script nothing may end it.
    safe = Markup(data.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))  # noqa: S704 - what may end a script is escaped
    told = [
        (drawn, "\n".join(rows) if drawn else row)
        for drawn, of_kind in groupby(lines, lambda line: DRAWN.match(line) is not None)
        for rows in [list(of_kind)]
        for row in (rows[:1] if drawn else rows)
    ]
    marks = Counter(bar.mark for bar in bars)
    template = environment.get_template("history.html")
    return template.render(title=title, told=told, marks=marks, data=safe, cycles=cycles, short=SHORT)
