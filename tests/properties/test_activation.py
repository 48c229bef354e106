"""Instances of one actor at once: how they are classed, what excuses them, how they are paired and counted."""

from __future__ import annotations

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.execution import turns
from actorproof.properties.guarantees.lives import activation
from actorproof.properties.verdict.findings import Doubt
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.views.turns.excuse import UNTIMED
from tests.properties.scene import Row, Story, row, rules, table
from tests.properties.terms import free


class Instances(Story):
    """Instances of a counter."""

    guarantee, actor, end_s = "activation", "Counter/a", 90.0

    def follows(self, at_s: float) -> None:
        """A replica of placement says that it does not lead."""
        self.add(ev.TableObserved, at_s, placement="placement-1", leader=False, version=9, hosts=("host-2",))


STOPPED = "ran 1 20.2; paused 2 20"
# The application of a turn is stopped from 2 s to 20 s; the actor is in use elsewhere from 12 s on.
FROZEN = 'ran 1 20.2 turn="t"; paused 2 20; ran 12 13 on=2'


@rules(
    "committed outcome",
    ("perhaps at any time", "", Outcome.UNKNOWN),
    ("before", "commit=[1.5,1.9]", Outcome.HOLDS),
    ("late", "commit=[12.5,12.6]", Outcome.VIOLATED),
    ("perhaps late", "commit=[1.5,12.6]", Outcome.UNKNOWN),
)
def test_the_rest_of_a_turn_is_excused_unless_it_saves_late(committed: str, outcome: Outcome) -> None:
    text = f'{FROZEN}; stored 0.5 0.6 actor="Counter/b" value="2"; saved 1.5 20.1 turn="t" value="1" {committed}'
    verdict = Instances().tell(text).verdict()
    assert verdict.outcome is outcome
    assert verdict.excused == ({} if outcome is Outcome.VIOLATED else {"frozen": 1})
    assert verdict.doubts == ((Doubt(anomaly="undelivered", what=UNTIMED),) if outcome is Outcome.UNKNOWN else ())


def test_every_doubt_counts() -> None:
    text = '{0}; saved 1.5 20.1 turn="t" value="1"; {1}; saved 1.5 20.1 turn="u" value="1"'
    other = 'ran 1 20.2 actor="Counter/b" turn="u"; ran 12 13 actor="Counter/b" on=2'
    verdict = Instances().tell(text.format(FROZEN, other)).verdict()
    assert verdict.doubts == (Doubt(anomaly="undelivered", what=UNTIMED, count=2),)


@rules(
    "text excused found",
    ("each meeting is excused by itself", f"joined 0 host=3; {STOPPED}; ran 12 16 on=2; ran 14 15 on=3", 2, 1),
    ("turns that were over need no excuse", "ran 0.5 0.9; ran 1 12; ran 11 21; paused 13 20; ran 12 12.5 on=2", 1, 0),
    *(
        (f"began at {start_s} s", f"ran 1 2; ran {start_s} 10; paused 5 9; ran 3 3.5 on=2", excused, 1 - excused)
        for start_s, excused in ((2.999, 1), (3.0, 0), (4.0, 0))
    ),
)  # fmt: skip
def test_only_a_turn_that_was_under_way_is_excused(text: str, excused: int, found: int) -> None:
    verdict = Instances().tell(text).verdict()
    assert (verdict.excused.get("frozen", 0), verdict.classes.get("two instances", 0)) == (excused, found)
    assert verdict.outcome is (Outcome.VIOLATED if found else Outcome.HOLDS)


def test_meetings_of_one_actor() -> None:
    scene = Instances(reentrancy=True).tell(
        'ran 1 5 chain="c"; ran 2 3 chain="c"; ran 4 4.5 on=2; ran 1 2 on=2 actor="Counter/b"'
    )
    scene.close(90.0)
    timeline = scene.timeline()
    of_turns = turns.Meetings(timeline, free("turns"))
    of_instances = activation.Meetings(timeline, free("activation"))
    assert [(a.id, b.id, what) for a, b, what in of_turns.of("Counter/a")] == [("turn-1", "turn-3", "two live hosts")]
    met = [(a.process, b.process, what) for a, b, what in of_instances.of("Counter/a")]
    assert met == [("host-1/app#1", "host-2/app#1", "two instances")]
    for other in ("Counter/b", "Nobody/x"):
        assert list(of_turns.of(other)) == []
        assert list(of_instances.of(other)) == []


# The actor is in use on host 1 from 1 s to 7 s, and on host 2 from 4 s on.
ALONE = "ran 1 7; ran 4 4.5 on=2"
USES = "ran 1 {}; ran 6 7; ran 4 4.5 on=2"
TWO = "two instances"
DRAIN = {"drain_timeout_s": 4.0}
IDLE = {"idle_timeout_s": 2.0}
OFF = {**DRAIN, "drain_enabled": False}
ABANDONED = 'sent 0.9 2 op="c" reason="gave-up"; ran 1 {} op="c"; ran 6 7; ran 4 4.5 on=2'
TABLES = "tabled 0 1 hosts=[1]; tabled {} 2"


@table(
    *(
        row(
            f"undelivered goes by the uses around the hand-over: a cut from {from_s} to {to_s} s",
            f'{USES.format(2)}; cut {from_s} {to_s} link="host-1>app"',
            classes=anomaly,
        )
        for from_s, to_s, anomaly in ((1, 1.9, TWO), (3, 3.5, "undelivered"), (4.6, 5, "undelivered"), (6.1, 6.5, TWO))
    ),
    row("that a host stood still proves nothing", f'{ALONE}; paused 2 3 unit="host-2/app"', classes=TWO),
    row(
        "it was cut off when the table left it out meanwhile",
        f'{ALONE}; paused 2 3 unit="host-2/app"; tabled 0 1; tabled 2.5 2 hosts=[1]',
        classes="cut off",
    ),
    row(
        "a host leaves under one of the turns",
        USES.format(5) + "; asked 3 {0}; ended 3.5 {0}; started 3.6 {0}".format('unit="host-1/sidecar"'),
        classes="leaving host",
    ),
    row("a caller gives up on one of the turns", ABANDONED.format(5), classes="abandoned"),
    row("one that is over as the next begins has nothing to do with it", ABANDONED.format(4), classes=TWO),
    row("nor one that was over", ABANDONED.format(3), classes=TWO),
    # After 4 s, and the table is seen up to a second late.
    row("the drain gives up on one", f"{USES.format(5)}; {TABLES.format(1)}", run=DRAIN, classes="drain gave up"),
    row("no table that is as before does", f"{USES.format(5)}; tabled 0 1; tabled 1 1", run=DRAIN, classes=TWO),
    row("no replica that follows changes it", f"{USES.format(5)}; tabled 0 1; follows 0.9", run=DRAIN, classes=TWO),
    row("not before its time is up", f"{USES.format(5)}; {TABLES.format(1.1)}", run=DRAIN, classes=TWO),
    row("with drain off nothing waits for it", f"{USES.format(5)}; {TABLES.format(4.5)}", run=OFF, classes="drain off"),
    row("unless the table changed later", f"{USES.format(5)}; {TABLES.format(6)}", run=OFF, classes=TWO),
    row("the idle time-out ends one in use", "ran 1 6; left 3; ran 4 5 instance=2", run=IDLE, classes="idle time-out"),
    row("two in one process are two", "ran 1 4; left 1.5; ran 2 3 instance=2", classes=TWO),
    row("one may begin as another ends", "ran 1 2; ran 2 3 on=2", outcome=Outcome.HOLDS),
    # The last that its application did was to begin a turn: nothing proves that it ran.
    row("one that is in use for no time meets none", "ran 1 9; ran 4 on=2", outcome=Outcome.HOLDS),
    # The second instance on host 2 meets the one on host 1 as well, but it isn't there that the actor moved from.
    row(
        "no class has fewer opportunities than violations",
        "ran 1 9; ran 4 5 on=2; ran 6 7 on=2 instance=2",
        classes={TWO: 2},
        opportunities={TWO: 2},
    ),
    row(
        "none has",
        'ran 1 9; ran 4 5 on=2; ran 6 7 on=2 instance=2; cut 2 8 link="host-1>app"',
        classes={"undelivered": 2},
        opportunities={"undelivered": 2},
    ),
    row(
        "evidence is counted over all instances",
        "ran 1 1.5; ran 2 2.5 on=2; ran 3 3.5 instance=2; ran 4 4.5 on=2 instance=2; ran 5 5.5 on=2 instance=3",
        evidence={"instances": 5, "moves": 3, "returns": 2},
    ),
)  # fmt: skip
def test_instances_at_once(row: Row) -> None:
    row.check(Instances)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("ran 1 2; ran 1 2 on=2", {"turn-1", "turn-2"}), ("ran 1 2; ran 3 4; ran 1 2 on=2", {"turn-1", "turn-3"})],
)
def test_of_instances_that_begin_at_one_instant_the_first_turns_are_shown(text: str, shown: set[str]) -> None:
    (violation,) = Instances().tell(text).verdict().violations
    assert {span.label for span in violation.spans} == shown
