"""Total queue: what goes in comes out, and nothing else does; in which order does not matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import ClassVar

from actorproof.plural import some
from actorproof.properties.formats.calls import Call
from actorproof.properties.formats.values import Value, spelled
from actorproof.properties.linearizability.checker import Checker, Told
from actorproof.properties.verdict.outcome import Outcome

SHOWN = 5
DRAINED = "a vector of the elements that were taken out"


class TotalQueue(Checker):
    """``enqueue(element)``, ``dequeue() -> element or nil``, ``drain() -> all that was in it``.

    An element that was acknowledged and never came out is lost only if the queue was found empty after the last
    ``enqueue``, and if it was not taken by a call that has no answer.
    """

    name = "total-queue"
    functions: ClassVar[Mapping[str, str]] = {"enqueue": "any value but nil", "dequeue": "nil", "drain": "nil"}

    def check(self, calls: Sequence[Call]) -> Told:
        tried: Counter[Value] = Counter()
        sure: Counter[Value] = Counter()
        out: Counter[Value] = Counter()
        last: dict[Value, Call] = {}
        takers = 0
        for call in calls:
            function = self.known(call)
            if function == "enqueue":
                if call.asked is None:
                    raise call.refused(self.functions["enqueue"])
                tried[call.asked] += call.outcome != "fail"
                sure[call.asked] += call.outcome == "ok"
                last[call.asked] = call
            elif call.outcome == "ok":
                taken = _taken(call)
                out.update(taken)
                last.update(dict.fromkeys([each for each in taken if each not in last], call))
            takers += function != "enqueue" and call.outcome == "info"
        strange, lost = Counter({each: n for each, n in out.items() if not tried[each]}), sure - out
        twice = (out - tried).total()
        notes = (
            (f"{some(twice, 'element')} came out more often than put in, which this checker allows",) if twice else ()
        )
        if strange:
            return _violated("came out that nobody put in", strange, last)
        if not sure.total() and not out:
            return Told(outcome=Outcome.UNKNOWN, why="nothing was put in or taken out, so nothing was tested")
        if not lost:
            return Told(
                outcome=Outcome.HOLDS,
                why=f"{some(out.total(), 'element')} came out, each of them put in, none lost",
                notes=notes,
            )
        if not _was_drained(calls):
            return Told(
                outcome=Outcome.UNKNOWN,
                why=f"{some(lost.total(), 'element')} did not come out, but may still be in the queue; a drain, or a"
                " dequeue that finds it empty, after the last enqueue would tell",
            )
        if takers and (lost.total() <= takers or any(c.function == "drain" and c.outcome == "info" for c in calls)):
            return Told(
                outcome=Outcome.UNKNOWN,
                why=f"{some(lost.total(), 'element')} did not come out, but {some(takers, 'call')} that may have taken"
                " them have no answer",
            )
        return _violated("lost: acknowledged, and never came out", lost, last)


def _taken(call: Call) -> tuple[Value, ...]:
    if call.function == "dequeue":
        return () if call.answer is None else (call.answer,)
    if call.answer is None:
        return ()
    if not isinstance(call.answer, tuple):
        raise call.answer_refused(DRAINED)
    return call.answer


def _was_drained(calls: Sequence[Call]) -> bool:
    last_put = max(call.end or call.start for call in calls if call.function == "enqueue")
    return any(
        call.start > last_put
        and (
            (call.function == "drain" and call.outcome == "ok")
            or (
                call.function == "dequeue"
                and (call.outcome == "fail" or (call.outcome == "ok" and call.answer is None))
            )
        )
        for call in calls
    )


def _violated(how: str, elements: Counter[Value], last: dict[Value, Call]) -> Told:
    shown = []
    for each in list(elements)[:SHOWN]:
        call = last[each]
        put = call.function == "enqueue"
        shown.append(
            f"{spelled(each)}" + (f", last put in at line {call.line}" if put else f" came out at line {call.end_line}")
        )
    return Told(
        outcome=Outcome.VIOLATED,
        why=f"{some(elements.total(), 'element')} {how}",
        details=tuple(shown),
        lines_of_calls=tuple(last[each].line for each in elements),
    )
