"""Random histories, and what a naive implementation says of them."""

from __future__ import annotations

from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.verdict import Verdict
from tests.properties.builder import History
from tests.properties.durability.naive import broken, overwritten
from tests.properties.durability.parts import entry, finish, read
from tests.properties.opinion import Opinion

ACTORS = ("Ledger/a", "Ledger/b")
BROKEN, UNKNOWN = "broken", "unknown"


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Saves of two ledgers from two hosts, committed in order, late or never, and perhaps a read at the end."""
    h = History()
    apps = [h.app("host-1"), h.app("host-2")]
    commits: list[tuple[int, str]] = []
    turns: dict[str, dict[int, str]] = {actor: {} for actor in ACTORS}
    usual = draw(st.booleans())
    for at in range(draw(st.integers(0, 7))):
        actor = draw(st.sampled_from(ACTORS))
        index = len(turns[actor]) + 1 if usual else draw(st.integers(1, 3))
        process = draw(st.sampled_from(apps))
        from_s = 1.0 + at * 2
        acknowledged = draw(st.booleans())
        turn = h.turn(actor, process, from_s, from_s + 1.9, completed=acknowledged)
        save = h.save(turn, entry(turn, index), from_s + 0.1, from_s + 1.8, acknowledged=acknowledged)
        late = draw(st.sampled_from((0, 0, 0, 0, 5)))
        if draw(st.integers(0, 9)):
            commits.append((at * 2 + late, save))
            turns[actor][index] = turn
    for at, (order, save) in enumerate(sorted(commits)):
        h.commit(save, 1.1 + order + at / 1000, 1.2 + order + at / 1000)
    h.phase("healed", 50.0)
    for actor in ACTORS:
        if draw(st.booleans()):
            shown = turns[actor] if draw(st.integers(0, 3)) else {}
            read(h, draw(st.sampled_from(apps)), 51.0, shown, actor=actor)
    # A commit of nothing of theirs: the log is there even when they saved nothing.
    h.commit_writes([("Counter/x", "value", "1")], 55.0, 55.1)
    finish(h)
    return h


def shown(verdict: Verdict, _: list[ev.Event]) -> set[tuple[str, str]]:
    """The actors that are broken; of entries the classes, too; and why else it is unknown.

    Of a count, or of what the last read shows, there is no second opinion but that the actor is broken.
    """
    entries = {(v.anomaly, v.actor) for v in verdict.violations if v.summary.startswith("entry-")}
    unknown = {(UNKNOWN, why) for why in verdict.missing if "not read at the end" not in why}
    return {(BROKEN, violation.actor) for violation in verdict.violations} | entries | unknown


OPINION = Opinion(
    guarantee="durability",
    histories=histories(),
    shown=shown,
    naive=lambda events: {(BROKEN, actor) for actor in broken(events)} | overwritten(events),
    same=lambda each: each if each[0] == BROKEN else None,
    examples=150,
    is_of_cases=False,
)
