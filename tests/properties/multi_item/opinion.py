"""Random histories of transfers, and what a naive implementation says of them."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.verdict import Verdict
from tests.properties.builder import History
from tests.properties.multi_item.parts import OPENED, Transfers
from tests.properties.of_kind import of
from tests.properties.opinion import Opinion

Told = set[tuple[str, str]]
IN_PARTS = ("stored in parts", "")


def torn_and_changed(events: list[ev.Event]) -> tuple[set[str], set[str]]:
    """The saves that are torn, and those that change the sum; turns run one after the other, in one instance."""
    commits = [{(w.key, w.value) for w in commit.writes} for commit in of(events, ev.StoreCommitted)]
    saves = {save.save: {(key, value) for key, value in json.loads(save.writes)} for save in of(events, ev.SaveStarted)}
    there = {name: [commit & writes for commit in commits if commit & writes] for name, writes in saves.items()}
    torn = {name for name, parts in there.items() if parts and saves[name] not in parts}
    acknowledged = {end.save for end in of(events, ev.SaveEnded) if end.acknowledged}
    held: dict[str, int] = {}
    changed = set()
    for commit in commits:
        after = held | {key: json.loads(value)["balance"] for key, value in commit if value is not None}
        (name,) = (name for name, writes in saves.items() if commit & writes)
        before = list(saves)[: list(saves).index(name)]
        doubt = any(other not in acknowledged or other in torn for other in before) or name in torn
        if held and not doubt and sum(after.values()) != sum(held.values()):
            changed.add(name)
        held = after
    return torn, changed


def naive(events: list[ev.Event]) -> Told:
    """Which saves change the sum, and whether any is stored in parts."""
    torn, changed = torn_and_changed(events)
    return {("sum changed", save) for save in changed} | ({IN_PARTS} if torn else set())


def told(verdict: Verdict, _: list[ev.Event]) -> Told:
    """The same, of the check, which may lay what is torn to a cycle."""
    said = {(violation.anomaly, violation.summary.split()[0]) for violation in verdict.violations}
    in_parts = any(kind in {"torn", "write cycle"} for kind, _ in said)
    return {each for each in said if each[0] == "sum changed"} | ({IN_PARTS} if in_parts else set())


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Transfers, now and then with a wrong sum, not acknowledged, stored in part, in parts, or late."""
    h = History()
    t = Transfers(h, h.app("host-1"))
    t.save(OPENED)
    late: list[tuple[str, str | None]] = []
    for _ in range(draw(st.integers(1, 6))):
        source, target = draw(st.sampled_from((("ann", "bob"), ("bob", "cid"), ("cid", "ann"))))
        amount, wrong = draw(st.integers(1, 5)), draw(st.sampled_from((0, 0, 0, 0, 1)))
        balances = {source: t.held[source] - amount, target: t.held[target] + amount + wrong}
        _, _, writes = t.turn(balances, acknowledged=draw(st.sampled_from((True, True, True, False))))
        match draw(st.sampled_from(("whole", "whole", "whole", "half", "parts", "late"))):
            case "whole":
                t.commit(writes)
            case "half":
                t.commit(writes[:1])
            case "parts":
                t.commit(writes[:1])
                t.commit(writes[1:])
            case "late":
                t.commit(writes[:1])
                late, writes = writes[1:], late
        if draw(st.booleans()) and late:
            t.commit(late)
            late = []
        t.held |= balances
    h.close(60.0)
    return h


# Which save is laid what to may be another one in a weaker history; test_transactions.py holds it to the saves.
OPINION = Opinion(
    guarantee="transactions",
    histories=histories(),
    shown=told,
    naive=naive,
    same=lambda _: "broken",
    examples=300,
    is_of_cases=False,
)
