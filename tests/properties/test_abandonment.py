"""When the idle time-out or who leaves a queue gives up on a turn, to the instant."""

from __future__ import annotations

from typing import Any

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.views.records import Turn
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.abandonment import Abandonment
from actorproof.properties.views.turns.drains import drain_in_force_s
from tests.properties.builder import History, ns
from tests.properties.scene import Story, rules


class Given(Story):
    """A counter, one of whose turns may be given up."""

    actor = "Counter/a"

    def follows(self, at_s: float) -> None:
        """A replica of placement that does not lead has both hosts."""
        self.add(ev.TableObserved, at_s, placement="placement-1", leader=False, version=9, hosts=("host-1", "host-2"))

    def turns(self, *names: str) -> tuple[Abandonment, list[Turn]]:
        """The turns of these names, or the first."""
        timeline: Timeline = self.timeline()
        # A table is seen up to a second after it changed.
        abandonment = Abandonment(timeline, observed_late_s=1.0, idle_slack_s=0.5)
        return abandonment, [turn for turn in timeline.turns if turn.id in names] or [timeline.turns[0]]


def let_in(text: str, first: str = "t1", second: str = "t2") -> bool:
    """Whether somebody who left the queue of the first turn let the second in."""
    abandonment, (one, two) = Given().tell(text).turns(first, second)
    return abandonment.by_queue(one, two)


def times(drain_s: float, table_s: float) -> dict[str, float]:
    """The drain's time-out, and that of a table's way to all."""
    return {"drain_timeout_s": drain_s, "dissemination_timeout_s": table_s}


@rules(
    "run waits_s",
    *(
        (f"{version}: {drain_s} of {table_s} s", {"version": version, **times(drain_s, table_s)}, waits_s)
        for version, drain_s, table_s, waits_s in (
            ("1.16.9", 20.0, 10.0, 20.0),
            ("1.17.0", 20.0, 10.0, 8.0),
            ("1.17", 20.0, 10.0, 8.0),
            ("1.18.2", 9.9, 10.0, 9.9),
            ("1.18.2", 10.0, 10.0, 8.0),
            ("1.18.2", 8.0, 8.0, 6.4),
            ("1.18.2", 60.0, 1.0, 2.0),
            ("1.edge.18", 20.0, 10.0, 20.0),
            ("edge", 9.0, 8.0, 9.0),
        )
    ),
    ("off", {"drain_enabled": False}, 0.0),
    (
        "a trait goes before the version",
        {"version": "0.1", "traits": ("drain-honoured",), **times(20.0, 10.0)},
        8.0,
    ),
    ("even that it has none", {"version": "1.18.2", "traits": (), **times(20.0, 10.0)}, 20.0),
)  # fmt: skip
def test_the_drain_time_out_that_is_in_force(run: dict[str, Any], waits_s: float) -> None:
    assert drain_in_force_s(History(**run).timeline().run) == pytest.approx(waits_s)
    assert drain_in_force_s(None) == 0.0


# A turn from 1 s on; the next one begins at 4.5 s.
IDLE = 'tabled 0 1 hosts=[1]; ran 1 {} turn="t"; leave {}'
# A turn whose call, sent at 1 s, came to the application only at 2 s.
ON_ITS_WAY = '{}; sent 1 {} op="c" {}; ran 2 4 op="c" turn="t"; leave {}'
FAILED = 'outcome="info" status=500'


def just_begun(*, told_s: float = 3.2, began_s: float = 3.1, used_on: int = 1, more: str = "", next_on: int = 1) -> str:
    """An actor's use at 1 s, a turn as the idle time-out has run out on it, and a DELETE."""
    return (
        f'tabled 0 1; ran 1 1.2 on={used_on}; {more}; ran {began_s} {began_s + 2} turn="t" instance=2;'
        f"leave {told_s} instance=2; ran {told_s + 0.1} {told_s + 0.2} on={next_on} instance=3"
    )


@rules(
    "text before_s expected",
    ("it ran out over the turn", IDLE.format(6, 3.0), 4.5, True),
    ("within a slack", IDLE.format(6, 2.5), 4.5, True),
    ("without its DELETE it is not proved", IDLE.partition("; leave")[0].format(6), 4.5, False),
    ("too soon for it", IDLE.format(6, 2.4), 4.5, False),
    ("the next turn had begun", IDLE.format(6, 4.6), 4.5, False),
    ("the turn was over", IDLE.format(2.9, 3.0), 4.5, False),
    # A table is seen up to a second after it changed; one that changed after the DELETE did not bring it.
    *(
        (f"a table that changes at {at_s} s", f"{IDLE.format(6, 3.0)}; tabled {at_s} 2", 4.5, proved)
        for at_s, proved in ((0.9, True), (1.0, False), (4.0, False), (4.1, True))
    ),
    ("a call is on its way to the application", ON_ITS_WAY.format("", 3.15, FAILED, 3.1), 60.0, True),
    ("too soon after the call was sent", ON_ITS_WAY.format("", 3.15, FAILED, 2.9), 60.0, False),
    ("its actor was busy, so it was not let in", ON_ITS_WAY.format("ran 1.5 1.9", 3.15, FAILED, 3.1), 60.0, False),
    ("the sidecar did not cancel it", ON_ITS_WAY.format("", 3.15, "status=200", 3.1), 60.0, False),
    ("it was answered for another reason, later", ON_ITS_WAY.format("", 4.5, FAILED, 3.1), 60.0, False),
    ("as the next call comes in it strikes its turn", just_begun(), 60.0, True),
    (
        "a call that found no application set the clock once more",
        just_begun(told_s=4.9, began_s=4.8, more='sent 1.5 2 reason="status-500"'),
        60.0,
        True,
    ),
    ("not one that was answered", just_begun(told_s=4.9, began_s=4.8, more="sent 1.5 2"), 60.0, False),
    ("nor one before", just_begun(told_s=4.9, began_s=4.8, more='sent 0.5 0.9 reason="status-500"'), 60.0, False),
    ("it had not run out", just_begun(told_s=2.45, began_s=2.4), 60.0, False),
    ("it had long run out when the DELETE came", just_begun(told_s=4.1, began_s=3.95), 60.0, False),
    ("the turn had not just begun", just_begun(told_s=3.7), 60.0, False),
    ("the use was on another host", just_begun(used_on=2), 60.0, False),
    ("an earlier DELETE was what it led to", just_begun(more="leave 2.9"), 60.0, False),
    ("the sidecar that counted was gone", just_begun(more='died 2.9 unit="host-1/sidecar"'), 60.0, False),
    ("a table that may have changed strikes none that stays", just_begun(more="tabled 3.9 2 hosts=[1]"), 60.0, True),
    ("it moved", just_begun(more="tabled 3.9 2 hosts=[1]", next_on=2), 60.0, False),
    ("the table was there when the DELETE came", just_begun(more="tabled 3.15 2 hosts=[1]"), 60.0, False),
)
def test_the_idle_time_out_runs_out(text: str, before_s: float, *, expected: bool) -> None:
    abandonment, (turn,) = Given(idle_timeout_s=2.0).tell(text).turns("t")
    assert abandonment.by_idleness(turn, ns(before_s)) is expected


# A turn from 1 s on, one behind it that begins at 3 s, and a caller who leaves.
QUEUE = (
    'sent 0.9 7 op="a"; ran 1 6 op="a" turn="t1"; sent 0.95 {} op="b" {}; {}; sent 0.9 7 op="c";'
    'ran 3 4 op="c" turn="t2"'
)
LEAVES = 'reason="gave-up"'
# The client hears at once that its sidecar is dead; the actor's host hears within a second.
WORD = (
    'sent 0.9 {0} op="a" turn="t0"; ran 1 {1} op="a" turn="t0"; sent 0.95 2.01 reason="cut-off" via=2;'
    'died 2 unit="host-2/sidecar"; ran {0} 6 turn="t1"; ran {2} 4 turn="t2"'
)
DEAD = 'ran 1.2 6 turn="t1"; sent 0.05 {} reason="cut-off" via=2; ran 1.3 4 turn="t2"; died {} unit="host-2/sidecar"'
PLACE = (
    'ran 1 6 turn="t1"; sent 1.05 1.2 reason="gave-up"; sent {} 5.1 op="late" turn="t2"; ran 4.2 5 op="late" turn="t2"'
)
# The turn of the first call had ended long before, and nothing had kept the answer from its caller.
TAKEN_BACK = 'sent 0 6 op="a" reason="deadline"; ran 0.1 {} op="a"; {}; ran 3 9 turn="t1"; ran 6.1 8 turn="t2"'
# A sidecar that is asked to end answers 500 at once, and lives on for a while.
ASKED = (
    'ran 1 6 turn="t1"; sent 1.1 2.01 {0} via={1}; asked 2 unit="host-{1}/sidecar"; ended 7 unit="host-{1}/sidecar";'
    'ran 2.1 4 turn="t2"'
)
# A call that comes while its sidecar is being killed, which an engine of containers takes its time for.
DYING = 'sent 1.2 1.7 {} via=2; died 1.1 unit="host-2/sidecar" gone_after_s={}; ran {} 6 turn="t1"; ran {} 7 turn="t2"'
ERROR = 'reason="status-500"'
IN_THE_WAY = 'sent 1.1 4 reason="deadline" via=2; {}; ran {} 12 turn="t1"; ran {} 12 turn="t2"'


# A reminder is due from 1.4 s on, each 2 s; the table has a host more at 5 s.
REMINDED = (
    'tabled 0 1 hosts=[1]; tabled 5 {} hosts=[1,2]; ran {} 8 turn="t1"; ran 5.2 6 turn="t2"; {};'
    'sent 0.4 0.5 action="register-reminder" name="r" args={{"due_s":1,"period_s":2}};'
    'ran 1.45 1.5 cause="reminder" name="r"; ran 8.1 8.2 cause="reminder" name="r"'
)
TICK = 'ran 3.45 3.5 cause="reminder" name="r"'


@rules(
    "text expected",
    ("a reminder that is taken back as a host comes", REMINDED.format(2, 3, ""), True),
    ("one whose tick had come", REMINDED.format(2, 3.6, TICK), False),
    ("one that is not due any more", REMINDED.format(2, 3, 'sent 4 4.1 action="unregister-reminder" name="r"'), False),
    ("one whose tick was a little early", REMINDED.format(2, 3.6, 'ran 3.36 3.4 cause="reminder" name="r"'), False),
    ("as seen by who does not lead", REMINDED.format(2, 3, "").replace("tabled 5 2 hosts=[1,2]", "follows 5"), False),
    ("one that waits later", REMINDED.format(2, 3, "").replace("5.2 6", "6.1 7"), False),
    ("a caller who leaves his place", QUEUE.format(2, LEAVES, ""), True),
    ("to the instant that the next turn begins", QUEUE.format(3, LEAVES, ""), True),
    ("not later", QUEUE.format(3.1, LEAVES, ""), False),
    ("not before the turn began", QUEUE.format(0.99, LEAVES, ""), False),
    ("not one who was answered", QUEUE.format(2, 'reason="status-500"', ""), False),
    ("nor one whose own turn had begun", QUEUE.format(2, LEAVES, 'ran 1.1 1.2 op="b"'), False),
    ("or goes on", QUEUE.format(2, LEAVES, 'ran 1.1 op="b"'), False),
    ("nor one of another actor", QUEUE.format(2, f'{LEAVES} actor="Counter/b"', ""), False),
    ("word of a dead sidecar comes a little later", DEAD.format(8, 0.5), True),
    ("however soon his call was over", DEAD.format(0.501, 0.5), True),
    ("not very much later", DEAD.format(8, 0.1), False),
    ("in either case", DEAD.format(0.101, 0.1), False),
    ("word may come after the client gave up", WORD.format(2.9, 2.89, 2.91), True),
    ("for a second", WORD.format(3.1, 3.09, 3.11), False),
    ("a place that was freed is taken by a call that comes later", PLACE.format(4.1), True),
    ("not by one that had come before", PLACE.format(1.1), False),
    ("a call that was taken back waits again", TAKEN_BACK.format(2, ""), True),
    ("not where a link had kept the answer", TAKEN_BACK.format(2, 'cut 1.5 3 link="peers>host-1"'), False),
    ("but one that it had not", TAKEN_BACK.format(2, 'cut 1 1.5 link="peers>host-1"'), True),
    ("as its last turn ended", TAKEN_BACK.format(2, 'ran 2.5 2.8 op="a"; cut 1.5 2.2 link="peers>host-1"'), True),
    ("nor where its turn had just ended", TAKEN_BACK.format(5.5, ""), False),
    *(
        (f"a sidecar that is asked to end, of host {via}: {how}", ASKED.format(how, via), how != 'outcome="ok"')
        for via in (1, 2)
        for how in ('reason="status-500"', 'outcome="ok"')
    ),
    ("a sidecar that is being killed takes calls", DYING.format(ERROR, 0.5, 1, 1.3), True),
    ("a call that was sent later", DYING.format(ERROR, 0.05, 1, 1.3), False),
    ("and it may have lived until that was known", DYING.format(ERROR, 0.5, 2.55, 2.6), True),
    ("not longer", DYING.format(ERROR, 0.5, 2.65, 2.7), False),
    ("a call that it answered was not left", DYING.format('outcome="ok"', 0.5, 1, 1.3), False),
    *(
        (f"word waits for {what}, to {at_s} s", IN_THE_WAY.format(what, at_s, at_s + 0.01), at_s < 10)
        for what in ('paused 3 9 unit="host-2/sidecar"', 'struck 3 9 verb="stall" units=[] links=["peers>host-1"]')
        for at_s in (9.9, 10.1)
    ),
    ("not for another link", IN_THE_WAY.format('struck 3 9 units=[] links=["peers>host-9"]', 9.9, 9.91), False),
    ("nor for one that was back", IN_THE_WAY.format('struck 1 2 units=[] links=["peers>host-1"]', 9.9, 9.91), False),
    ("nor for one away later", IN_THE_WAY.format('struck 7 9 units=[] links=["peers>host-1"]', 9.9, 9.91), False),
)  # fmt: skip
def test_who_leaves_the_queue_lets_the_next_turn_in(text: str, *, expected: bool) -> None:
    assert let_in(text) is expected


@pytest.mark.parametrize(("first", "second", "expected"), [("1", "2", True), ("2", "3", True), ("4", "5", False)])
def test_each_end_lets_in_one_too_many_from_there_on(first: str, second: str, *, expected: bool) -> None:
    text = (
        'ran 1 4 turn="1"; sent 0.95 2 reason="gave-up"; ran 2.1 6 turn="2"; ran 4.1 8 turn="3"; ran 8.5 9 turn="4";'
        'ran 8.6 9 turn="5"'
    )
    assert let_in(text, first, second) is expected
