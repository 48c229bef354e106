"""readers: a call that only reads its actor runs beside a turn that changes it, where the runtime says so.

That it does is seen directly: turns that only read and lie wholly within a changing turn of the same actor. A call is
*held up by a writer* when it was sent while such a turn had `wait_s` to run at least, and began within `after_s` of its
end. A busy machine delays calls too; so only a runtime that never let one run beside, in `together` such calls at the
least, and answers readers at once when nothing else runs, breaks the promise. A call that finds no slot of its host
free (see `slots`) waits for room, and not for the writer.
"""

from __future__ import annotations

from dataclasses import dataclass

from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict.findings import Figure, Findings, Span, Terms, Violation
from actorproof.properties.verdict.quantile import quantile
from actorproof.properties.views.records import Operation, Turn, ref
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.slots import Slots

HELD_UP = "held up by a writer"
NS = 1_000_000_000


def check(timeline: Timeline, terms: Terms) -> Findings:
    """Judge every call that only reads."""
    return _Readers(timeline, terms).findings()


GUARANTEE = Guarantee(id="readers", check=check)


@dataclass(frozen=True, slots=True)
class _Read:
    """A call that only reads, its first turn, and the changing turn that ran when it was sent."""

    call: Operation
    turn: Turn
    writer: Turn

    @property
    def left_ns(self) -> int:
        """How long the changing turn went on after the call was sent."""
        return self.writer.end_ns - self.call.start_ns


class _Readers:
    def __init__(self, timeline: Timeline, terms: Terms) -> None:
        self._timeline = timeline
        self._wait_ns = round(terms.limits["wait_s"] * NS)
        self._after_ns = round(terms.limits["after_s"] * NS)
        self._together = round(terms.limits["together"])
        self._beside = 0
        self._unseen = 0
        self._slots = Slots(timeline)
        self._sent: list[_Read] = []
        self._alone_s: list[float] = []  # how long calls waited that were sent while nothing ran
        self._read()

    def findings(self) -> Findings:
        asked = [each for each in self._sent if each.left_ns >= self._wait_ns]
        inside = [each for each in asked if each.turn.end_ns <= each.writer.end_ns]
        held = [each for each in asked if self._is_held(each)]
        possible = self._beside + self._unseen
        broken = not possible and len(held) >= self._together and self._prompt() and self._timeline.whole
        violations = [self._violation(each) for each in held] if broken else []
        return Findings(
            violations=violations,
            evidence={"inside": len(inside)},
            opportunities={HELD_UP: max(len(asked), len(violations))},
            figures=[
                Figure(name="reads sent beside a writer", value=len(asked), unit=""),
                Figure(name="reads that began beside a writer", value=self._beside, unit=""),
            ],
        )

    def _read(self) -> None:
        run = self._timeline.run
        if run is None:
            return
        for actor, turns in self._timeline.turns_by_actor.items():
            writers = [turn for turn in turns if not run.reads_beside(actor, turn.start.name)]
            readers = [turn for turn in turns if run.reads_beside(actor, turn.start.name)]
            self._beside += sum(_runs(writers, turn.start_ns) is not None for turn in readers)
            for call in self._timeline.operations_of(actor):
                if not run.reads_beside(actor, call.start.name):
                    continue
                writer = _runs(writers, call.start_ns)
                if call.turns and writer is not None:
                    self._sent.append(_Read(call, call.turns[0], writer))
                elif call.turns:
                    self._alone_s.append((call.turns[0].start_ns - call.start_ns) / NS)
                elif call.outcome != "fail":
                    self._unseen += 1  # it may have run beside one: its turn is in no journal

    def _is_held(self, read: _Read) -> bool:
        late_ns = read.turn.start_ns - read.writer.end_ns
        return 0 <= late_ns <= self._after_ns and not self._slots.full(read.call.start_ns, read.writer.end_ns)

    def _prompt(self) -> bool:
        """Whether readers are answered at once when nothing holds them up."""
        return bool(self._alone_s) and quantile(self._alone_s, 0.5) * NS < self._wait_ns / 2

    def _violation(self, read: _Read) -> Violation:
        writer = read.writer
        took_s = read.left_ns / NS
        return self._timeline.violation(
            anomaly=HELD_UP,
            actor=read.turn.actor,
            summary=f"{read.call.id}, which only reads, was sent {took_s:.1f} s before turn {writer.id} ended, and"
            " began only then",
            events=(
                ref(writer.start, "changing turn"),
                ref(read.call.start, "call that only reads"),
                ref(read.turn.start, "its turn"),
            ),
            spans=(
                Span(lane=writer.process, label="changing turn", start_ns=writer.start_ns, end_ns=writer.end_ns),
                Span(
                    lane=read.call.start.client,
                    label="call that only reads",
                    start_ns=read.call.start_ns,
                    end_ns=read.turn.start_ns,
                ),
            ),
            at_ns=read.turn.start_ns,
        )


def _runs(turns: list[Turn], at_ns: int) -> Turn | None:
    """A turn with an end that runs at an instant."""
    return next((turn for turn in turns if turn.end is not None and turn.start_ns <= at_ns < turn.end_ns), None)
