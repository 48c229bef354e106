"""Logs: what the programs themselves wrote in the moments that led to an example.

Logs tell wall-clock time, a history does not. Every process recorded both once, when it opened its journal; the last
one before an instant tells how far they are apart.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from actorproof.harness.history import events as ev
from actorproof.properties.causes.cause import Traced

NEAR_NS = 500_000_000
MOST_LINES = 6
LONGEST = 400
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
FIELD = re.compile(r'\b(level|msg|scope)=("(?:[^"\\]|\\.)*"|\S+)')
LOUD = frozenset({"warning", "warn", "error", "fatal", "panic"})
ABOUT = re.compile(
    r"in-flight|rebalanc|drain|disseminat|claim|lock|placement|deactivat|idle|reminder|timer|halt|panic"
    r"|owner|actor not found|reentran|stack depth",
    re.IGNORECASE,
)
"""What a line that is about actors, their places or their state speaks of."""
NOISE = re.compile(
    r"retrying|dial tcp|connection refused|rpc error|recovered processing|closing connection", re.IGNORECASE
)
"""What programs repeat while a part is away, whatever it is about."""
VARIES = re.compile(r"'[^']*'|\"[^\"]*\"|[0-9a-f-]{36}|\d+")
"""What differs between lines that say the same: names, addresses, numbers."""
PLACED = frozenset({"table changed", "placement lost", "host leaving", "sidecar gone", "host stopped"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line of a program's log: the unit that wrote it, when (as the history counts), how loud, and what.

    `times` is how often the unit said the same with other names or numbers.
    """

    unit: str
    t_ns: int
    level: str
    text: str
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """Wall-clock time against the history's, as each process recorded both when it began."""

    opened: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, history: Sequence[ev.Event]) -> Clocks:
        """Those that a history holds."""
        found = [(each.t_ns, each.wall_ns - each.t_ns) for each in history if isinstance(each, ev.JournalOpened)]
        return cls(opened=tuple(sorted(found)))

    def ahead_ns(self, t_ns: int) -> int | None:
        """How far the wall clock was ahead at an instant; None when no process recorded it."""
        if not self.opened:
            return None
        return self.opened[max(bisect_right(self.opened, (t_ns, 2**63)) - 1, 0)][1]


def excerpt(folder: Path, traced: Traced, clocks: Clocks) -> tuple[LogLine, ...]:
    """A few lines that sidecars, and placement where tables matter, wrote around the links of a violation.

    What is about actors, their places or their state comes first, then other loud lines, then the rest, each in time
    order; what programs repeat while a part is away comes last. Lines of a unit that differ only in names and numbers
    are told once, with their count. A log that can't be read is left out.
    """
    instants = sorted(link.at_ns for link in traced.links)
    ahead_ns = clocks.ahead_ns(instants[0]) if instants else None
    if ahead_ns is None:
        return ()
    found: dict[tuple[str, str], list[tuple[int, LogLine]]] = defaultdict(list)
    for path in _files(folder, traced):
        for line in _read(path, instants[0] + ahead_ns - NEAR_NS, instants[-1] + ahead_ns + NEAR_NS):
            t_ns = line.t_ns - ahead_ns
            far_ns = min(abs(t_ns - at_ns) for at_ns in instants)
            if far_ns <= NEAR_NS:
                found[line.unit, VARIES.sub("?", line.text)].append((far_ns, replace(line, t_ns=t_ns)))
    once = []
    for members in found.values():
        far_ns, nearest = min(members, key=lambda each: each[0])
        once.append((_rank(nearest), far_ns, replace(nearest, times=len(members))))
    chosen = sorted(once, key=lambda each: each[:2])[:MOST_LINES]
    return tuple(line for *_, line in sorted(chosen, key=lambda each: (each[0], each[2].t_ns)))


def _rank(line: LogLine) -> int:
    """How much a line says: 0 the most."""
    if NOISE.search(line.text):
        return 3
    if ABOUT.search(line.text):
        return 0 if line.level in LOUD else 1
    return 1 if line.level in LOUD else 2


def _files(folder: Path, traced: Traced) -> list[Path]:
    """The logs of the sidecars of all hosts that the links and the violation name."""
    said = [word for link in traced.links for word in (link.anchor, link.said, *(e.process for e in link.events))]
    said += [event.process for event in traced.violation.events]
    hosts = {name for text in said for name in re.findall(r"\bhost-\d+", text)}
    names = [f"{host}_sidecar" for host in sorted(hosts)]
    if PLACED & {link.kind for link in traced.links}:
        names.append("placement-*")
    return [path for name in names for path in sorted(folder.glob(f"{name}.*.log"))]


def _read(path: Path, from_ns: int, to_ns: int) -> list[LogLine]:
    """The lines of a log within two wall-clock instants, in ns."""
    unit = path.name.split(".")[0].replace("_", "/")
    found = []
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                stamp = STAMP.search(line)
                if stamp is None:
                    continue
                wall_ns = _wall_ns(stamp.group())
                if wall_ns > to_ns:
                    break
                if wall_ns >= from_ns:
                    found.append(_line(unit, wall_ns, line[: 10 * LONGEST]))
    except OSError:
        return []
    return found


def _wall_ns(stamp: str) -> int:
    whole, _, fraction = stamp.rstrip("Z").partition(".")
    seconds = int(datetime.fromisoformat(f"{whole}+00:00").timestamp())
    return seconds * 1_000_000_000 + int(fraction[:9].ljust(9, "0"))


def _line(unit: str, wall_ns: int, line: str) -> LogLine:
    """The parts that matter of a line in logfmt; another line as it is."""
    fields = {key: _unquoted(value) for key, value in FIELD.findall(line)}
    text = fields.get("msg", line.strip())
    return LogLine(unit=unit, t_ns=wall_ns, level=fields.get("level", ""), text=text[:LONGEST])


def _unquoted(value: str) -> str:
    return value[1:-1].replace('\\"', '"') if value.startswith('"') else value
