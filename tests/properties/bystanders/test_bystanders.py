"""bystanders agrees with a naive second implementation, and no weaker history is worse than the whole one."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import Timeline
from tests.properties.case import Case
from tests.properties.losses import Asking
from tests.properties.scene import Row, row, table
from tests.properties.terms import free, verdict_on
from tests.properties.weaker import leave_out


def decide(timeline: Timeline) -> Verdict:
    return verdict_on(timeline, free("bystanders"))


def test_a_history_with_gaps_shows_no_silence() -> None:
    events = Case("bystanders/bad/silenced--a-second-time-for-one-change").events()
    gap = next(at for at, event in enumerate(events) if isinstance(event, ev.TurnStarted))
    verdict = decide(Timeline(leave_out(events, gap.__eq__)))
    assert verdict.outcome is Outcome.UNKNOWN
    assert any("not whole" in reason for reason in verdict.missing)


def test_the_figures_of_a_change_are_those_of_its_bystanders() -> None:
    verdict = decide(Case("bystanders/good/silent-once").timeline())
    figures = {figure.name: figure.value for figure in verdict.figures}
    assert figures["kill host: longest silence of a bystander"] == pytest.approx(9.0)
    assert figures["kill host: answers in the 5 s before"] == pytest.approx(1.0)
    assert figures["kill host: answers in the 5 s after"] == 0.0


def test_a_silence_that_somebody_asked_into_by_way_of_the_struck_host_has_no_length() -> None:
    events = Case("bystanders/good/silent-once").events()
    struck = next(event.units[0].partition("/")[0] for event in events if isinstance(event, ev.FaultStarted))
    # One call of the silence goes by way of the host that it went by way of.
    through = [replace(e, via=struck) if isinstance(e, ev.Invoked) and e.op != "op-22" else e for e in events]
    figures = {figure.name for figure in decide(Timeline(through)).figures}
    assert "kill host: answers in the 5 s after" in figures
    assert "kill host: longest silence of a bystander" not in figures


def test_a_change_is_evidence_only_where_somebody_was_a_bystander() -> None:
    for name, losses in (("silent-once", 1), ("lives-on-the-struck-host", 0), ("the-store-was-down", 0)):
        evidence = {each.name: each.have for each in decide(Case(f"bystanders/good/{name}").timeline()).evidence}
        assert evidence["losses"] == losses


class Bystanding(Asking):
    """Host 3 is lost at 40 s, when the actor on host 1 has been answering for 10 s."""

    guarantee = "bystanders"

    def __init__(self) -> None:
        super().__init__(hosts=4)
        self.app("host-3")
        self.app("host-4")
        self.tell("asks 30 40 on=1; gone 40 host=3")


JUST_ONCE = "asks 40 45; asks 45 {0} on=1; "
TWICE = JUST_ONCE + "asks {0} {1}; asks {1} 90 on=1"
THRICE = TWICE.format(48, 53).replace("90", "55") + "; asks 55 60; asks 60 90 on=1"
COUNTED = {"losses": 1}


# A change may silence an actor for 8 s; twice that is too long, and so is a second time.
@table(
    row("for 16 s", "asks 40 55; asks 55 60 on=1", evidence=COUNTED),
    row("for longer", "asks 40 56; asks 56 60 on=1", classes="silenced", says="for 17.0 s on host-1", evidence=COUNTED),
    row("by way of the lost host nobody is asked", "asks 40 56 via=3; asks 56 60 on=1", evidence={"losses": 0}),
    row("two attempts are too few", "asks 54 56; asks 56 60 on=1"),
    row("of three one comes every five seconds but one", "asks 53 56; asks 56 60 on=1", classes="silenced"),
    row("a second time", TWICE.format(48, 53), classes="silenced", says="for 6.0 s and 6.0 s on host-1"),
    row("for two seconds", TWICE.format(48, 49)),
    row("for three", TWICE.format(48, 50), classes="silenced"),
    row("who was not asked was not silent", JUST_ONCE.format(48) + "asks 52 90 on=1"),
    row("one attempt is enough", JUST_ONCE.format(48) + "asks 48 49; asks 52 90 on=1", classes="silenced"),
    row("in six seconds of which five are too few", JUST_ONCE.format(48) + "asks 48 49; asks 58 90 on=1"),
    row("until 24 s after the change", TWICE.format(64, 69), classes="silenced"),
    row("not later", TWICE.format(65, 70)),
    row("two changes", "gone 46 host=4; " + TWICE.format(48, 53)),
    row("a third time", f"gone 46 host=4; {THRICE}", classes="silenced", says="6.0 s and 6.0 s and 6.0 s"),
    row("a change long before", "asks 40 54 on=1; asks 54 75; asks 75 80 on=1", classes="silenced"),
    row("longer before", "asks 40 60 on=1; asks 60 80; asks 80 90 on=1"),
    row("a long one is told once", "asks 40 56; asks 56 60 on=1; asks 60 66; asks 66 70 on=1", classes="silenced"),
    row("it is struck, too", 'cut 41 42 link="host-1>store"; asks 40 56; asks 56 60 on=1'),
    row("up to 8 s before", 'cut 30 31 link="host-1>store"; asks 40 56; asks 56 60 on=1'),
    row("not long before", 'cut 30 31.2 link="host-1>store"; asks 40 56; asks 56 60 on=1'),
    row("it moved", "asks 40 56; asks 56 60 on=2"),
    row("a stall", "stall 50; asks 40 56; asks 56 60 on=1"),
    row(
        "figures are of bystanders",
        "asks 40 46; asks 46 60 on=1",
        figures={
            "kill host: longest silence of a bystander": 7.0,
            "kill host: answers in the 5 s before": 1.0,
            "kill host: answers in the 5 s after": 0.0,
        },
    ),
)  # fmt: skip
def test_silences(row: Row) -> None:
    row.check(Bystanding)
