"""Trials: whether a cause comes back when a plan is performed, asked as often as it takes to tell, and remembered."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec

from actorproof.harness.errors import ClusterError, HistoryError
from actorproof.harness.workload.written import WrittenScenario
from actorproof.plural import some
from actorproof.properties.verdict.statistics import SequentialTest

# How far below the wanted rate a plan has to stay to be given up: its rate is at least that much lower.
APART = 4
MOST_TRIALS = 12
MOST_FAILURES = 3

Perform = Callable[[WrittenScenario, int], "bool | str"]
"""Whether a plan showed the cause when it was performed, for the first or a further time; a text: why it failed."""


class _Line(msgspec.Struct):
    plan: str
    showed: bool


class Trials:
    """Asks `perform` again and again; each answer stands in a file at once, so that nothing has to be asked twice.

    Attributes:
        count: how many plans were performed, those of earlier days included.
    """

    def __init__(self, file: Path, *, rate: float, perform: Perform) -> None:
        self._file = file
        self._perform = perform
        self._test = SequentialTest(low=rate / APART, high=rate)
        self._known: dict[str, list[bool]] = {}
        self.count = 0
        for line in _lines(file):
            self._known.setdefault(line.plan, []).append(line.showed)
            self.count += 1

    def shows(self, plan: WrittenScenario) -> bool:
        """Whether a plan shows the cause at the wanted rate. ClusterError when it fails to run again and again."""
        while (said := self._decided(self.of(plan))) is None:
            self.again(plan)
        return said

    def again(self, plan: WrittenScenario) -> None:
        """Perform a plan once more."""
        known, failures = self._known.setdefault(_key(plan), []), 0
        while isinstance(showed := self._perform(plan, len(known)), str):
            failures += 1
            if failures == MOST_FAILURES:
                raise ClusterError(f"a plan could not be run {some(failures, 'time')}: {showed}")
        known.append(showed)
        self.count += 1
        try:
            with self._file.open("ab") as file:
                file.write(msgspec.json.encode(_Line(plan=_key(plan), showed=showed)) + b"\n")
        except OSError as error:
            raise HistoryError(
                f"{self._file} can't be written ({error.strerror}): free some space, and shrink again to go on"
            ) from error

    def of(self, plan: WrittenScenario) -> list[bool]:
        """What came of a plan so far, each time it was performed."""
        return list(self._known.get(_key(plan), ()))

    def further(self, plan: WrittenScenario) -> list[bool]:
        """What came of a plan after it had been chosen: the runs that it was chosen by would say too much for it."""
        showed = self.of(plan)
        after = self._decided_after(showed)
        return [] if after is None else showed[after:]

    def _decided(self, showed: list[bool]) -> bool | None:
        after = self._decided_after(showed)
        return None if after is None else bool(self._test.decided(sum(showed[:after]), after))

    def _decided_after(self, showed: list[bool]) -> int | None:
        """After how many runs it was decided; None while it is not. Later ones change nothing any more."""
        for of in range(1, min(len(showed), MOST_TRIALS) + 1):
            if self._test.decided(sum(showed[:of]), of) is not None:
                return of
        return MOST_TRIALS if len(showed) >= MOST_TRIALS else None


def _key(plan: WrittenScenario) -> str:
    return hashlib.sha256(msgspec.json.encode(plan)).hexdigest()[:16]


def _lines(file: Path) -> list[_Line]:
    try:
        data = file.read_bytes()
    except OSError:
        return []
    whole = data[: data.rfind(b"\n") + 1].splitlines()
    try:
        return [msgspec.json.decode(line, type=_Line) for line in whole]
    except msgspec.MsgspecError as error:
        raise HistoryError(f"{file} can't be read as trials: {error}; delete it to begin anew") from error
