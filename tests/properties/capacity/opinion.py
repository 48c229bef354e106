"""Random histories, and what a naive implementation says of them."""

from __future__ import annotations

import json
from collections import Counter

from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from tests.properties.builder import History
from tests.properties.capacity.parts import IDLE_S, read, write
from tests.properties.of_kind import of
from tests.properties.opinion import Opinion, classes

S = 10**9


def naive(events: list[ev.Event]) -> Counter[str]:
    """Classes; each actor is written to once, and read once at most, long after."""
    answers = {end.op: end for end in of(events, ev.Completed)}
    asked = of(events, ev.Invoked)
    gone = {event.actor: event.t_ns for event in reversed(of(events, ev.Deactivated))}
    end = {event.op: event.t_ns for event in of(events, ev.TurnStarted)}
    found: Counter[str] = Counter()
    for call in (call for call in asked if call.name == "write"):
        if answers[call.op].outcome != "ok":
            found["refused"] += 1
            continue
        late = end[call.op] + (IDLE_S + 10.06) * S
        reads = [other for other in asked if other.actor == call.actor and other.name == "read"]
        kept = gone.get(call.actor, 2**62) > late and not any(other.t_ns < late for other in reads)
        found["kept active"] += kept and late <= next(e.t_ns for e in of(events, ev.PhaseReached) if e.phase == "final")
        value = json.loads(call.args)["value"]
        found["state lost"] += sum(json.loads(answers[other.op].result) != value for other in reads)
    return +found


@st.composite
def histories(draw: st.DrawFn) -> History:
    h = History()
    app = h.app("host-1")
    for number in range(draw(st.integers(1, 5))):
        actor, at_s = f"Register/c{number}", 1.0 + draw(st.sampled_from((0, 0, 70))) + number / 10
        ok = draw(st.sampled_from((True, True, True, False)))
        write(h, app, at_s, f"v{number}", actor=actor, ok=ok)
        if ok and draw(st.booleans()):
            h.deactivate(actor, app, at_s + draw(st.sampled_from((20.5, 29.0, 31.0))))
            if at_s < 10 and draw(st.booleans()):
                read(h, app, 60.0 + number, draw(st.sampled_from((f"v{number}", f"v{number}", None))), actor=actor)
    h.close(90.0)
    return h


OPINION = Opinion(guarantee="capacity", histories=histories(), shown=classes, naive=naive, is_of_cases=False)
