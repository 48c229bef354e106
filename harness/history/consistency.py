"""Consistency: what can't have happened in a history, told by file and line.

Each process writes its events in the order of its clock and of its own numbers, and writes the end of what it began. So
time that goes back, a number that comes again, an id that begins or ends twice, and an end without a beginning are no
losses but contradictions. A history with one is no evidence of anything and is not judged. Missing numbers alone are a
loss: they are left to the checkers, for which absence then proves nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal

from actorproof.harness.errors import HistoryError
from actorproof.harness.history import events as ev

_Role = Literal["begins", "goes on", "ends"]


def _incarnation(event: Any) -> str:
    return f"{event.unit}#{event.incarnation}"


def _nothing(_event: Any) -> str:
    return ""


# What an event is to the thing that has the id: its role there, and the words for it.
_PARTS: Mapping[type[ev.Event], tuple[_Role, str, Callable[[Any], str], str]] = {
    ev.Invoked: ("begins", "operation", attrgetter("op"), "is invoked"),
    ev.Completed: ("ends", "operation", attrgetter("op"), "is completed"),
    ev.TurnStarted: ("begins", "turn", attrgetter("turn"), "starts"),
    ev.TurnEnded: ("ends", "turn", attrgetter("turn"), "ends"),
    ev.TurnLost: ("ends", "turn", attrgetter("turn"), "is lost from sight"),
    ev.SaveStarted: ("begins", "save", attrgetter("save"), "starts"),
    ev.SaveEnded: ("ends", "save", attrgetter("save"), "ends"),
    ev.RuntimeCallStarted: ("begins", "runtime call", attrgetter("call"), "starts"),
    ev.RuntimeCallEnded: ("ends", "runtime call", attrgetter("call"), "ends"),
    ev.FaultStarted: ("begins", "fault", attrgetter("fault"), "starts"),
    ev.FaultTook: ("goes on", "fault", attrgetter("fault"), "takes effect"),
    ev.FaultMissed: ("goes on", "fault", attrgetter("fault"), "is missed"),
    ev.FaultHealed: ("ends", "fault", attrgetter("fault"), "is healed"),
    ev.UnitStarted: ("begins", "unit", _incarnation, "starts"),
    ev.UnitReady: ("goes on", "unit", _incarnation, "is ready"),
    ev.UnitSignalled: ("goes on", "unit", _incarnation, "is signalled"),
    ev.UnitExited: ("ends", "unit", _incarnation, "exits"),
    ev.RunStarted: ("begins", "run", _nothing, "starts"),
}


class Consistency:
    """Looks at the events of one history, file by file, each in order of its lines.

    `todo` ends every message: what the reader may do about it.
    """

    def __init__(self, *, todo: str) -> None:
        self._todo = todo
        self._line = 0  # of all files so far
        self._files: list[tuple[int, Path]] = []
        self._last_ns = 0
        self._number: dict[str, tuple[int, int]] = {}
        self._gap: dict[str, int] = {}
        # Where what has an id began and ended, by its kind.
        self._begun: dict[str, dict[str, int]] = {kind: {} for _, kind, _, _ in _PARTS.values()}
        self._ended: dict[str, dict[str, int]] = {kind: {} for kind in self._begun}

    @property
    def is_whole(self) -> bool:
        """Whether no number of any process is missing so far."""
        return not self._gap

    def begin(self, path: Path) -> None:
        """Go on with another file."""
        self._files.append((self._line, path))
        self._last_ns = 0

    def look(self, events: Iterable[ev.AnyEvent]) -> None:
        """Look at the next lines of the file; HistoryError names the first that can't be, and its file."""
        number = self._number
        for event in events:
            self._line += 1
            t_ns, process, seq = event.t_ns, event.process, event.seq
            if t_ns < self._last_ns:
                raise self._error(f"time goes back: t_ns is {t_ns}, it was {self._last_ns} before")
            self._last_ns = t_ns
            expected, before = number.get(process, (0, 0))
            if seq != expected:
                if seq < expected:
                    raise self._error(
                        f"event {seq} of {process} comes after its event {expected - 1} on {self._place(before)}"
                    )
                self._gap.setdefault(process, expected)
            number[process] = (seq + 1, self._line)
            part = _PARTS.get(type(event))
            if part is None:
                continue
            role, kind, id_of, word = part
            if role == "begins":
                self._begin(kind, id_of(event), word)
            elif role == "ends":
                self._end(kind, id_of(event), word, process)
            else:
                self._go_on(kind, id_of(event), word, process)

    def _begin(self, kind: str, id_: str, word: str) -> None:
        line = self._begun[kind].setdefault(id_, self._line)
        if line != self._line:
            raise self._error(f"{_named(kind, id_)} {word} twice, first on {self._place(line)}")

    def _go_on(self, kind: str, id_: str, word: str, process: str) -> None:
        if id_ not in self._begun[kind]:
            gap = self._gap.get(process)
            lost = "" if gap is None else f", and event {gap} of {process} is missing"
            raise self._error(f"{_named(kind, id_)} {word} but never began{lost}")

    def _end(self, kind: str, id_: str, word: str, process: str) -> None:
        self._go_on(kind, id_, word, process)
        line = self._ended[kind].setdefault(id_, self._line)
        if line != self._line:
            raise self._error(f"{_named(kind, id_)} {word} twice, first on {self._place(line)}")

    def _error(self, what: str) -> HistoryError:
        begun, path = self._files[-1]
        return HistoryError(f"{path} line {self._line - begun}: {what}; {self._todo}")

    def _place(self, line: int) -> str:
        begun, path = self._files[bisect_right(self._files, line - 1, key=lambda file: file[0]) - 1]
        return f"line {line - begun}" + ("" if path == self._files[-1][1] else f" of {path}")


def _named(kind: str, id_: str) -> str:
    return f"{kind} {id_}" if id_ else f"a {kind}"
