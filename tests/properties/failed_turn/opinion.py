"""Random histories, and what a naive implementation says of them."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise

from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from tests.properties.builder import History
from tests.properties.failed_turn.parts import Counting
from tests.properties.of_kind import of
from tests.properties.opinion import Opinion, classes


def naive(events: list[ev.Event]) -> Counter[str]:
    """Classes, from the sentences of the guarantee alone. One counter; its turns run one after the other."""
    ends = {end.turn: end for end in of(events, ev.TurnEnded)}
    saves = of(events, ev.SaveStarted)
    acknowledged = {end.save for end in of(events, ev.SaveEnded) if end.acknowledged}
    turns = of(events, ev.TurnStarted)
    failed = [t.turn for t in turns if not ends[t.turn].completed and not any(s.turn == t.turn for s in saves)]
    found: Counter[str] = Counter()
    for name in failed:
        by_saves = any(f'{name}\\"' in save.writes and save.turn != name for save in saves)
        in_store = any(name in str(write.value) for c in of(events, ev.StoreCommitted) for write in c.writes)
        found["saved by a later turn"] += by_saves
        found["saved all the same"] += in_store and not by_saves
    for one, two in pairwise(turns):
        before = [save for save in saves if save.t_ns < two.t_ns]
        sure = all(save.save in acknowledged for save in before)
        last = max(before, key=lambda save: save.t_ns, default=None)
        saver = next((t.instance for t in turns if last is not None and t.turn == last.turn), two.instance)
        if one.turn not in failed or one.instance != two.instance or not sure or saver != two.instance:
            continue
        total = json.loads(json.loads(last.writes)[0][1])["value"] if last is not None else 0
        if ends[two.turn].completed and two.name in {"get", "add"}:
            found["kept in memory"] += json.loads(ends[two.turn].result) > total + (two.name == "add")
    return +found


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A counter's turns, of which some fail; answers and saves are now and then wrong."""
    h = History()
    c = Counting(h, h.app("host-1"))
    total, failed = 0, ["turn-0"]
    for _ in range(draw(st.integers(1, 8))):
        wrong = draw(st.sampled_from((0, 0, 0, 1, -1)))
        c.instance = draw(st.sampled_from((1, 1, 1, 2)))
        match draw(st.sampled_from(("add", "add", "get", "fail", "fail", "lose", "store"))):
            case "add":
                total = max(0, total + 1 + wrong)
                c.add(total, writer=draw(st.sampled_from(("TURN", "TURN", failed[-1]))))
            case "get":
                c.get(total + wrong)
            case "fail":
                failed.append(c.fail())
            case "lose":
                c.add(total + 1, acknowledged=False)
            case "store":
                value = f'{{"turn":"{failed[-1]}","value":1}}'
                h.commit_writes([("Counter/a", "value", value)], c.at_s, c.at_s + 0.01)
    h.close(60.0)
    return h


OPINION = Opinion(
    guarantee="failed-turn", histories=histories(), shown=classes, naive=naive, examples=300, is_of_cases=False
)
