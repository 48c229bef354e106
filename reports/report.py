"""Report: everything that the reports of a run, or of a verify over several scenarios, are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from actorproof.called import typed
from actorproof.harness.history.events import Action
from actorproof.harness.history.info import RunInfo
from actorproof.properties.verdict.claim import Document
from actorproof.properties.verdict.findings import Violation
from actorproof.properties.verdict.verdict import RunVerdict
from actorproof.properties.views.growth import Growth
from actorproof.properties.views.timeline import Timeline
from actorproof.reports.logs import LogLine

HTML, JSON, JUNIT, SUMMARY = "report.html", "verdicts.json", "junit.xml", "summary.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """How long actors took to answer again after one fault.

    Attributes:
        fault: the fault's id in its run.
        kind: verb and target without numbers, ``kill host``.
        seconds: from the heal to the answer of the last actor; None when one never answered.
        budget_s: what the runtime's documented time-outs on that path allow; None when it isn't judged.
    """

    fault: str
    kind: str
    seconds: float | None
    budget_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One scenario's run: `name` is the scenario, `timeline` its whole history."""

    name: str
    info: RunInfo
    timeline: Timeline
    recoveries: tuple[Recovered, ...] = ()
    growth: Growth | None = None

    @property
    def start_ns(self) -> int:
        """The instant that the report counts this part's seconds from."""
        return self.timeline.first_ns

    def holds_instant(self, t_ns: int) -> bool:
        return self.timeline.first_ns <= t_ns <= self.timeline.last_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An input that the runtime refused for what it is, so that nothing of it was done; in words of its event."""

    part: str
    action: Action
    text: str
    reason: str


# Without slots, which leave no room for what is worked out once.
@dataclass(frozen=True, kw_only=True)
class Report:
    """A judged run. A single run has one part, `verify` one a scenario.

    Attributes:
        claims: the documents that users learn from, with what became of their statements.
        unpromised: the guarantees that are no promises of the runtime, so that nothing is said of them.
        trouble: what the harness meant to do and could not, and faults without effect, each with its scenario.
        refused: the inputs that the runtime refused, each once.
        excerpts: what the programs logged around the example of a cause, by the mechanism's id; of what nothing
            explains there is none.
    """

    run: RunInfo
    parts: tuple[Part, ...]
    verdict: RunVerdict
    claims: tuple[Document, ...] = ()
    unpromised: tuple[str, ...] = ()
    trouble: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()
    excerpts: Mapping[str, tuple[LogLine, ...]] = field(default_factory=dict)

    @cached_property
    def _found_in(self) -> Mapping[Violation, Part]:
        named = {part.name: part for part in self.parts}
        every = (traced for cause in self.verdict.causes for traced in cause.traced)
        return {traced.violation: named[traced.part] for traced in every if traced.part in named}

    def part_of(self, violation: Violation) -> Part | None:
        """The part that a violation was found in.

        Of one that no cause has: by time, and by its actor where parts ran side by side.
        """
        if found := self._found_in.get(violation):
            return found
        near = [part for part in self.parts if part.holds_instant(violation.at_ns)]
        if len(near) > 1:
            knows = [
                part
                for part in near
                if violation.actor in part.timeline.turns_by_actor
                or violation.actor in part.timeline.operations_by_actor
            ]
            near = knows or near
        return near[0] if near else None

    def at_s(self, violation: Violation) -> float:
        """When a violation happened, in seconds from the first event of its part."""
        part = self.part_of(violation)
        return (violation.at_ns - part.start_ns) / 1e9 if part else 0.0

    def command_of(self, violation: Violation) -> str:
        """The command line that runs the violation's part again, with its seed."""
        part = self.part_of(violation)
        return replay(part.info if part else self.run)


def replay(info: RunInfo) -> str:
    """The command line that runs a run again, as it is typed here; its seed is part of it."""
    return typed(info.command if "--seed" in info.command else f"{info.command} --seed {info.seed}")
