"""Causes: a violation belongs to a mechanism only where the history proves each of its links."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from actorproof.harness.history import events as ev
from actorproof.properties import causes as package
from actorproof.properties.causes.cause import UNEXPLAINED, Cause, Traced, Tracing, causes, clearest, key_of
from actorproof.properties.causes.link import Link
from actorproof.properties.causes.mechanism import parse
from actorproof.properties.verdict.classes import EXPLAINED, Classes
from actorproof.properties.verdict.findings import EventRef, Violation
from actorproof.properties.views.records import ref
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import ns
from tests.properties.scene import Story, rules

LISTED = (Path(package.__file__).parent / "mechanisms.toml").read_text("utf-8")
MECHANISMS = parse(LISTED)
UNDISTURBED = "lock-lets-two-in"
"""Where two turns run at once although nothing had changed: what a proof that fails comes down to."""


class TwoHosts(Story):
    """A ledger on two hosts, which the first table has."""

    actor = "Ledger/a"

    def __init__(self, **run: Any) -> None:
        super().__init__(**run)
        self.tabled(0.1, 1)
        self.phase("ready", 0.5)

    def reads(self, from_s: float, to_s: float, *, turn: str) -> None:
        """A turn asks the store."""
        self.ask(turn, "read", from_s, to_s)

    def calls(self, from_s: float, to_s: float, *, turn: str, actor: str = "", on: int = 1, **how: Any) -> None:
        """A turn calls an actor."""
        how = {"client": turn, "process": self.on(on), "via": f"host-{on}"} | how
        self.operation(actor or self.actor, from_s, to_s, **how)

    def lets_go(self, from_s: float, to_s: float, *, actor: str, used_s: float | None = None) -> None:
        """Host 1's application takes its time over the DELETE of another actor, which had been used perhaps."""
        if used_s is not None:
            self.ran(used_s, used_s + 0.01, actor=actor, turn=f"used-{actor}")
        self.left(from_s, actor=actor)
        self.add(ev.DeactivationAnswered, to_s, process=self.one, actor=actor, instance=1, status=200)


def history(text: str, *, actor: str = "Ledger/a", **run: Any) -> Timeline:
    story = TwoHosts(**run)
    story.actor = actor
    story.tell(text).close(100.0)
    return story.timeline()


def violation(timeline: Timeline, names: str, *, actor: str = "Ledger/a", at_s: float | None = None) -> Violation:
    """One that names turns, calls and saves by their starts, or ends with a dot, or `leave`, the last deactivation."""
    events = []
    saves = {save.id: save for save in timeline.saves}
    for name in names.replace("leave", "").split():
        id_ = name.strip(".")
        each = timeline.turn(id_) or timeline.operation(id_) or saves.get(id_)
        assert each is not None
        event = each.end if name.endswith(".") else each.start
        assert event is not None
        events.append(ref(event, "named"))
    if names.endswith("leave"):
        events.append(ref(timeline.deactivations[-1], "told"))
    at_ns = max(event.t_ns for event in events) if at_s is None else ns(at_s)
    return Violation(anomaly="any", actor=actor, summary="s", events=tuple(events), at_ns=at_ns)


def cause_of(
    text: str,
    names: str = "t1 t2",
    *,
    guarantee: str = "turns",
    actor: str = "Ledger/a",
    at_s: float | None = None,
    **run: Any,
) -> Cause:
    """The one cause of a violation in this history."""
    return cause_in(history(text, actor=actor, **run), names, guarantee=guarantee, actor=actor, at_s=at_s)


def cause_in(
    timeline: Timeline,
    names: str = "t1 t2",
    *,
    guarantee: str = "turns",
    actor: str = "Ledger/a",
    at_s: float | None = None,
) -> Cause:
    found = violation(timeline, names, actor=actor, at_s=at_s)
    (cause,) = causes([sound(Tracing(timeline, part="churn").trace(guarantee, found))], MECHANISMS)
    assert cause.example.part == "churn"
    return cause


def sound(traced: Traced) -> Traced:
    """The same, unless a link is not as `Link` says: its types, something in each, in time order."""
    msgspec.convert(msgspec.to_builtins(traced.links), tuple[Link, ...])
    times = [link.at_ns for link in traced.links]
    assert times == sorted(times), traced.links
    words = [word for x in traced.links for word in (x.kind, x.anchor, x.said, *(event.label for event in x.events))]
    assert all(word and "None" not in word for word in words), words
    return traced


def mechanism_of(text: str, names: str = "t1 t2", **how: Any) -> str:
    """Its mechanism; empty where nothing is proved."""
    mechanism = cause_of(text, names, **how).mechanism
    return mechanism.id if mechanism else ""


# ---- tables, drains and idle time-outs

# Table 2 comes at 10 s, the drain of 4 s gives up on a turn that began at 9.9 s.
DRAINED = (
    'sent 9.8 15 op="c" turn="t2"; ran 9.9 14.05 op="c" turn="t1"; {}tabled 10 2 hosts=[1];'
    'ran 14.02 14.9 op="c" turn="t2"'
)
LASTED = 'saved 10 {} turn="t1" count="1" acknowledged=false; '
BLOCKED = DRAINED.format(LASTED.format(14))
# Host 2 joins by table 4, just after the drain of table 3 has run out on a turn of host 1.
JOINED_LATE = (
    'tabled 4 2 hosts=[1]; joined 12 host=2; ran 9.9 14.5 turn="t1"; {}tabled 10 3 hosts=[1,3]; tabled 14.1 4;'
    'ran 14.05 14.4 on=2 turn="t2"'
)
TAKEN_BACK = 'sent 9 16 op="c" turn="t2"; ran 9.1 14 op="c" turn="t1"; tabled 10 2 hosts=[1]; ran 11 15.9 turn="t2"{}'


@rules(
    "text mechanism run",
    ("a save that lasts as long as its drain", BLOCKED, "save-waits-for-its-own-drain", {}),
    ("a drain that gives up on a turn without saves", DRAINED.format(""), "drain-cancels-long-turns", {}),
    *(
        (f"or one of {to_s} s", DRAINED.format(LASTED.format(to_s)), "drain-cancels-long-turns", {})
        for to_s in (10.002, 11)
    ),
    *(
        (
            f"{more} other tables while a drain lasts",
            (
                f'ran 9.9 16 turn="t1"; {"; ".join(f"tabled {10 + n} {2 + n} hosts=[1]" for n in range(more + 1))};'
                'ran 14.1 14.9 turn="t2"'
            ),
            "drain-cancels-long-turns",
            {},
        )
        for more in (0, 1, 3)
    ),
    ("a host that joins does not wait", JOINED_LATE.format(""), "drain-is-not-awaited", {}),
    (
        "it is awaited by no host that has lost placement",
        JOINED_LATE.format('cut 13.5 14.5 link="host-1>placement-0"; '),
        "drain-cancels-long-turns",
        {},
    ),
    (
        "it has nothing to wait for after a drain that a save had waited for",
        JOINED_LATE.format(LASTED.format(14)),
        "save-waits-for-its-own-drain",
        {},
    ),
    (
        "drain off and the call taken back",
        TAKEN_BACK.format(' op="c"'),
        "drain-off-takes-calls-back",
        {"drain_enabled": False},
    ),
    (
        "drain off after a fault",
        'struck 8 30 verb="remove" units=["host-2/app"]; ' + TAKEN_BACK.format(' op="c"'),
        "drain-off-takes-calls-back",
        {"drain_enabled": False},
    ),
    ("drain off and another call", TAKEN_BACK.format(""), "", {"drain_enabled": False}),
    *(
        (
            f"a turn that begins {began_s - 10:.1f} s after a table, of which a drain and its dissemination take 12",
            f'tabled 10 2 hosts=[1]; ran {began_s} 30 turn="t1"; ran 25 26 turn="t2"',
            mechanism,
            {},
        )
        for began_s, mechanism in ((21.9, ""), (22.1, UNDISTURBED))
    ),
    ("the table of the start is no change", 'ran 0.6 8 turn="t1"; ran 6 6.1 turn="t2"', UNDISTURBED, {}),
)
def test_what_a_table_does_to_a_turn(text: str, mechanism: str, run: dict[str, Any]) -> None:
    assert mechanism_of(text, drain_timeout_s=4.0, **run) == mechanism


IDLE = 'ran 9 16 turn="t1"; {}; ran 11.7 11.9 turn="t2" instance=2'


@rules(
    "text mechanism",
    ("its actor was told to end", IDLE.format("leave 11.01"), "idle-time-out-cancels-a-turn"),
    ("nobody told it", IDLE.format(""), UNDISTURBED),
    ("the table had changed before", IDLE.format("tabled 8.8 2 hosts=[1]; leave 11"), "idle-time-out-cancels-a-turn"),
    ("the table changed under the turn", IDLE.format("tabled 12.5 2 hosts=[1]; leave 11.6"), ""),
)
def test_an_idle_time_out_over_an_open_turn(text: str, mechanism: str) -> None:
    assert mechanism_of(text, idle_timeout_s=2.0, drain_timeout_s=4.0) == mechanism


@rules(
    "ends_s told_s mechanism",
    ("as it runs out over a turn", 14, 12.05, "idle-time-out-cancels-a-turn"),
    ("the sidecar's clock starts before the turn is witnessed", 14, 11.98, "idle-time-out-cancels-a-turn"),
    ("as it runs out since the turn began", 11, 12.05, "idle-time-out-counts-from-the-start"),
    ("after a turn that it ran out over, and that was let end", 14, 14.9, "idle-time-out-counts-from-the-start"),
    ("long after that", 14, 15.1, "instance-ended-early"),
    ("in use", 14, 10.5, "instance-ended-in-use"),
    ("early", 10.2, 10.5, "instance-ended-early"),
    ("in time", 10.2, 13.5, ""),
    ("in time, and another instance is in use", 10.2, "13.5; ran 13 14 instance=2", ""),
)
def test_an_instance_that_is_told_to_end_is_told_by_what_had_passed(
    ends_s: float, told_s: float | str, mechanism: str
) -> None:
    text = f'ran 10 {ends_s} turn="t1"; leave {told_s}; tabled 30 2'
    cause = cause_of(text, "t1 leave", guarantee="lifecycle", idle_timeout_s=2.0)
    assert (cause.mechanism.id if cause.mechanism else "") == mechanism
    if mechanism == "instance-ended-in-use":
        assert cause.example.links[0].said.endswith(
            "while turn t1 ran, 0.5 s old, 10.4 s after the last table came up; the idle time-out was 2.0 s"
        )


def test_a_deactivation_is_told_by_the_open_turn_that_is_as_old_as_the_idle_time_out() -> None:
    text = 'ran 11 15 turn="t1"; ran 12.9 13.5 turn="t2"; leave 13.05'
    found = mechanism_of(text, "t1 leave", guarantee="lifecycle", idle_timeout_s=2.0)
    assert found == "idle-time-out-cancels-a-turn"


# A use at 10 s with an idle time-out of 2 s; a short turn as that runs out.
SHORT = (
    'ran 10 10.1 turn="t1"; {more}; ran {began} {over} instance={n} turn="t2" cause="reminder";'
    "leave {told} instance={n}"
)
# The DELETE of another actor in between, and a turn and a DELETE that waited until that was answered.
LETS_GO = 'lets_go 11.9 {1} actor="{0}/b"'
LATE = {"more": LETS_GO.format("Ledger", 16), "began": 16.05, "over": 16.2, "told": 16.1}
# DELETEs of other actors, one after the other, whose answers are not witnessed, and one that had waited behind them.
MANY = "; ".join(
    f'ran 9.{n} 9.{n}1 actor="{{0}}/{n}" turn="o{n}"; left {12 + n * 0.4:.1f} actor="{{0}}/{n}"' for n in range(1, 9)
)
BEHIND_MANY = {"more": MANY.format("Ledger"), "began": 15.6, "over": 16.8, "told": 15.7}
# A call that is answered with an error; its turn begins after its actor was told to end.
OUTRUN = (
    'ran 10 10.1 turn="t1"; sent {sent} {answered} op="c" {how}; {more}; leave {told};'
    'ran 12.138 14 instance=2 op="c" turn="t2"; ran 12.72 12.9 instance=2 turn="t3"'
)


@rules(
    "how mechanism",
    ("as its next turn begins, which is short", {}, "idle-time-out-strikes-the-next-turn"),
    ("it had not run out when that began", {"began": 11.4, "over": 11.41, "told": 11.42}, "instance-ended-early"),
    ("the DELETE came long after it began", {"told": 12.6}, "instance-ended-early"),
    ("another DELETE was what it led to", {"more": "leave 11.5", "n": 2}, "instance-ended-early"),
    ("another use came in between", {"more": 'ran 11 11.01 turn="t0"'}, "instance-ended-early"),
    ("the sidecar that counted was gone", {"more": 'died 11.9 unit="host-1/sidecar"'}, ""),
    ("it came as the DELETE before it was answered", LATE, "idle-time-out-strikes-the-next-turn"),
    ("that DELETE was answered long before", LATE | {"more": LETS_GO.format("Ledger", 14)}, "instance-ended-in-use"),
    (
        "that DELETE was due before its own",
        LATE | {"more": LETS_GO.format("Ledger", 16) + " used_s=9.5"},
        "idle-time-out-strikes-the-next-turn",
    ),
    (
        "that DELETE was due after its own",
        LATE | {"more": LETS_GO.format("Ledger", 16) + " used_s=11.8"},
        "instance-ended-in-use",
    ),
    ("it came behind many DELETEs", BEHIND_MANY, "idle-time-out-strikes-the-next-turn"),
    ("there were none", BEHIND_MANY | {"more": ""}, "instance-ended-in-use"),
    ("they were over long before", BEHIND_MANY | {"began": 16.3, "told": 16.35}, "instance-ended-in-use"),
    ("they were of another type", BEHIND_MANY | {"more": MANY.format("Counter")}, "instance-ended-in-use"),
    ("that DELETE was of another type", LATE | {"more": LETS_GO.format("Counter", 16)}, "instance-ended-in-use"),
)
def test_an_idle_time_out_runs_out_as_the_next_turn_begins(how: dict[str, Any], mechanism: str) -> None:
    times = {"more": "", "n": 1, "began": 12.001, "over": 12.002, "told": 12.015} | how
    text = SHORT.format(**times)
    assert mechanism_of(text, "t2 leave", guarantee="lifecycle", idle_timeout_s=2.0) == mechanism


@rules(
    "how mechanism",
    ("its turn comes after the DELETE", {}, "idle-time-out-strikes-the-next-turn"),
    ("its call was not answered by then", {"answered": 12.2}, UNDISTURBED),
    ("its call was not cancelled", {"how": "status=200"}, UNDISTURBED),
    ("the DELETE came before the call", {"told": 11.99}, UNDISTURBED),
    ("its call was refused long before", {"sent": 10.2, "answered": 11.13}, UNDISTURBED),
    ("the table changed", {"more": "tabled 12.1 2"}, ""),
    ("its actor was used on another host", {"more": "ran 11 11.1 on=2"}, UNDISTURBED),
    ("the idle time-out had not run out", {"more": 'ran 11.5 11.6 turn="t0"'}, UNDISTURBED),
)
def test_an_idle_time_out_runs_out_before_the_call_has_come_to_the_application(
    how: dict[str, Any], mechanism: str
) -> None:
    text = OUTRUN.format(
        **({"sent": 12, "answered": 12.01, "how": 'outcome="info" status=500', "told": 12.131, "more": ""} | how)
    )
    assert mechanism_of(text, "t2 t3", idle_timeout_s=2.0) == mechanism


def test_an_idle_time_out_that_strikes_the_next_turn_is_a_cause_of_its_own() -> None:
    """Host 1's application dies and comes back; its sidecar goes on counting from the use before."""
    text = (
        'ran 11 11.2 turn="t1"; died 12; started 14 unit="host-1/app"; ran 19.2 21 turn="t2"; left 19.21;'
        'ran 19.25 20 turn="t3" instance=2'
    )
    cause = cause_of(text, "t2 t3", idle_timeout_s=8.0)
    assert cause.mechanism is not None
    assert cause.mechanism.id == "idle-time-out-strikes-the-next-turn"
    (struck,) = [link for link in cause.example.links if link.kind == "idle time-out before"]
    ran_out = "the idle time-out of 8.0 s ran out on turn t1, begun 8.2 s before, and ended turn t2, 0.0 s old"
    assert struck.said == ran_out


def test_the_links_of_a_drain_say_what_led_to_what_and_when() -> None:
    kinds = [link.kind for link in cause_of(BLOCKED, drain_timeout_s=4.0).example.links]
    assert kinds == ["table changed", "runtime call blocked", "drain gave up", "executed again", "ran at the same time"]
    sooner = 'ran 9 13.6 turn="t1"; tabled 10 2 hosts=[1]; ran 13.5 13.9 turn="t2"'
    for text, at_s, why in (
        (DRAINED.format(""), 14.0, ""),
        (sooner, 13.5, " (the table had changed 0.5 s before it was seen)"),
    ):
        links = cause_of(text, drain_timeout_s=4.0).example.links
        (gave_up,) = [link for link in links if link.kind == "drain gave up"]
        assert (gave_up.at_ns, gave_up.said) == (ns(at_s), f"the drain of 4.0 s ran out on turn t1{why}")


@rules(
    "names at_s mechanism",
    ("nearest to when it was broken", "t2.", 12, "host-stood-still"),
    ("by when the later turn begins", "t2.", 10.5, "caller-gives-up"),
    ("which has to be by then", "t2", 10, "caller-gives-up"),
    ("both are named", "t2 t3", 10.5, "host-stood-still"),
    ("a call is named by its start", "c", 10, "caller-gives-up"),
    ("by its end", "c.", 12, "host-stood-still"),
    ("the end of an instance is named beside them", "t2 t3 leave", 12, "host-stood-still"),
    ("turns of other actors are", "o1 o2", 12, ""),
)
def test_of_several_turns_at_once_those_are_the_cause_which_it_names_or_that_are_nearest(
    names: str, at_s: float, mechanism: str
) -> None:
    text = (
        'sent 9 9.9 op="a" reason="gave-up"; ran 9.1 11 op="a" turn="t1"; sent 9.5 14.1 op="c" turn="t2";'
        'ran 10 14 op="c" turn="t2"; leave 10.4; paused 10.5 11.5; ran 12 12.5 on=2 turn="t3";'
        'ran 9 13 actor="Ledger/b" turn="o1"; ran 12 12.5 actor="Ledger/b" turn="o2"'
    )
    assert mechanism_of(text, names, at_s=at_s) == mechanism


# ---- callers


def queue(*, left_s: float = 9.999, begun: str = "", second_s: float = 10.0) -> str:
    """A caller waits behind t1 and goes away at `left_s`; t2 begins at `second_s`."""
    return (
        f'sent 9 11.1 op="a" turn="t1"; sent 9.2 {left_s} op="b" reason="gave-up"; sent 9.3 10.95 op="c" turn="t2";'
        f'ran 9.1 11 op="a" turn="t1"; {begun}; ran {second_s} 10.5 op="c" turn="t2"; '
    )


WORD = (
    'sent 9 11.1 op="a"; sent 9 11.1 op="b"; sent 9 11.1 op="c"; sent 9.2 9.9 reason="cut-off" via={};'
    'ran 9.1 9.99 op="a" turn="t0"; ran 10 11 op="b" turn="t1"; ran 10.003 11 op="c" turn="t2"'
)
GAVE_UP = 'sent 9 {} op="a" reason="gave-up"; ran 9.1 11 op="a" turn="t1"; ran 10 10.5 turn="t2"'
LINKED = (
    'sent 9 12 op="a" via=2 turn="t3"; ran 9.1 11 op="a" turn="t1"; cut 9.9 9.95 link="peers>host-1";'
    'ran 10 10.5 turn="t2"'
)
FRONT = "front-of-the-queue-is-removed"
FAILS = "failed-turn-leaves-its-changes"
# A reminder is due at 9.5 s and comes at 11.2 s; table 3 has host 2 again.
REMINDED = (
    'sent 7 7.5 action="register-reminder" name="r" args={{"due_s":{due_s}}}; tabled 5 2 hosts=[1];'
    'ran 9.9 {ended_s} turn="t1" {first}; tabled {came_s} 3 hosts={hosts} not_before_s=9.8; ran 10 10.5 turn="t2";'
    'ran {fired_s} 11.3 cause="reminder" name="r"; {more}'
)
OF_IT = 'cause="reminder" name="r"'
TICK = f"ran {{}} {OF_IT}"
BACK = {"first": "", "ended_s": 11, "due_s": 2, "came_s": 10.1, "hosts": "[1,2]", "fired_s": 11.2, "more": ""}


@rules(
    "text names mechanism",
    ("who waited and leaves just before lets the next in", queue(), "t1 t2", FRONT),
    ("not who leaves later", queue(left_s=10.001), "t1 t2", UNDISTURBED),
    ("where the turns' ends are shown, too", queue(), "t1. t2.", FRONT),
    ("nor long before", queue(left_s=9.25, second_s=10.4), "t1 t2", UNDISTURBED),
    ("nor who was served", queue(left_s=9.9, begun='ran 9.25 9.3 op="b" turn="t0"'), "t1 t2", UNDISTURBED),
    ("word may come when the first turn has begun", WORD.format(2), "t1 t2", FRONT),
    ("from the same host, too", WORD.format(1), "t1 t2", FRONT),
    (
        "an overlap goes back to turns that ran at the same time before it",
        queue() + 'ran 10.51 11.5 turn="t3"; ran 11.01 11.6 turn="t4"',
        "t3 t4",
        FRONT,
    ),
    (
        "through turns that each ran beside the one before",
        queue() + 'ran 10.4 13 turn="t3"; ran 12.5 12.6 turn="t4"',
        "t3 t4",
        FRONT,
    ),
    ("who gives up before the second turn", GAVE_UP.format(9.9), "t1 t2", "caller-gives-up"),
    ("not after it has begun", GAVE_UP.format(10.1), "t1 t2", UNDISTURBED),
    ("whose host had stood still for a moment", GAVE_UP.format(9.9) + "; paused 9.3 9.5", "t1 t2", "caller-gives-up"),
    ("the link to the actor's host is closed", LINKED, "t1 t2", "caller-gives-up"),
)
def test_a_caller_who_leaves(text: str, names: str, mechanism: str) -> None:
    assert mechanism_of(text, names) == mechanism


@rules(
    "told names mechanism",
    ("as a host comes into the table its reminders are taken back", {}, "t1 t2", FRONT),
    ("an overlap goes back to it", {"ended_s": 10.1, "more": 'ran 10.12 10.9 turn="t3"'}, "t2 t3", FRONT),
    ("also the one that runs, and comes again", {"first": OF_IT}, "t1 t2", "caller-gives-up"),
    ("not where no host comes", {"hosts": "[1]"}, "t1 t2", ""),
    ("nor of the one that runs", {"first": OF_IT, "hosts": "[1]"}, "t1 t2", ""),
    ("nor where it had come before", {"came_s": 8.9}, "t1 t2", ""),
    ("nor one that was not due", {"due_s": 2.6}, "t1 t2", ""),
    ("nor one that was served before", {"fired_s": 9.6}, "t1 t2", ""),
    ("a later tick, too", {"due_s": '0.5,"period_s":2', "more": TICK.format("7.6 7.7")}, "t1 t2", FRONT),
    ("nor one of which a tick came", {"due_s": '0.5,"period_s":2', "more": TICK.format("9.6 9.7")}, "t1 t2", ""),
    ("nor one that was unregistered", {"more": 'sent 9.6 9.7 action="unregister-reminder" name="r"'}, "t1 t2", ""),
)
def test_a_reminder_that_is_taken_back(told: dict[str, str], names: str, mechanism: str) -> None:
    assert mechanism_of(REMINDED.format(**{**BACK, **told}), names) == mechanism


@rules(
    "text said",
    ("while its turn ran", GAVE_UP.format(9.9), "the caller of turn t1 went away (gave-up) while it ran"),
    ("just before", GAVE_UP.format(9.05), "the caller of turn t1 went away (gave-up) just before it began"),
    ("while it waited", queue(), "call b went away (gave-up) while it waited behind turn t1"),
)
def test_when_a_caller_left_is_told(text: str, said: str) -> None:
    assert said in [link.said for link in cause_of(text, "t1 t2").example.links]


def test_an_overlap_goes_back_through_the_latest_turn_that_each_met() -> None:
    text = (
        'sent 9 20.1 op="a" turn="t0"; sent 9.2 9.999 reason="gave-up"; ran 9.1 20 op="a" turn="t0";'
        'sent 9.3 15.1 op="c" turn="t1"; ran 10 15 op="c" turn="t1";'
        'sent 9.3 18.1 op="d" turn="t2"; ran 14 18 op="d" turn="t2";'
        'sent 9.4 17 op="e" turn="t3"; ran 16 16.9 op="e" turn="t3"'
    )
    links = cause_of(text, "t2 t3").example.links
    assert [link.anchor for link in links if link.kind == "ran at the same time"] == ["t0 t1", "t1 t2", "t2 t3"]


def test_a_caller_is_gone_when_the_sidecar_that_it_asked_dies() -> None:
    cause = cause_of(
        'sent 9 10.05 op="a" reason="cut-off" via=2; ran 9.1 11 op="a" turn="t1"; died 9.995 unit="host-2/sidecar";'
        'struck 9.99 12 verb="kill" target="host-2/sidecar" units=["host-2/sidecar"]; ran 10 10.5 turn="t2"'
    )
    assert cause.mechanism is not None
    assert cause.mechanism.id == "caller-gives-up"
    assert cause.example.links[0].said == "kill host-2/sidecar"


# t1 is abandoned and saves over what t2 saved; t3 begins with that.
LEFT = (
    'sent 1 1.5 op="a" reason="gave-up" give_up_s=0.5; ran 1.1 {ends} op="a" turn="t1"; ran 2 2.5 turn="t2";'
    'saved 2.1 2.2 turn="t2" value="56" commit=[2.1,2.3] acknowledged={acknowledged};'
    'saved 1.8 {saved} turn="t1" value="55" commit=[2.3,2.8]; {more}; ran 9 9.5 on=2 turn="t3"'
)
AT_ONCE = {"ends": 3.0, "saved": 2.9, "acknowledged": "true", "more": ""}
AGAIN = 'ran 4 4.5 turn="t4"; saved 4.1 4.2 turn="t4" value="60" commit=[4.1,4.3]'


@rules(
    "how mechanism",
    ("a later instance begins with it", {}, "caller-gives-up"),
    ("there was another commit", {"more": AGAIN}, ""),
    (
        "there was one after that",
        {"more": AGAIN.replace("4", "10")},
        "caller-gives-up",
    ),
    ("the save that is gone was not acknowledged", {"acknowledged": "false"}, ""),
    ("the turns were not at once", {"ends": 1.9, "saved": 1.85}, ""),
)
def test_what_two_turns_at_once_left(how: dict[str, Any], mechanism: str) -> None:
    assert mechanism_of(LEFT.format(**(AT_ONCE | how)), "t3") == mechanism


# ---- hosts

WITHOUT_PLACEMENT = "host-without-placement-goes-on"
# A replica of placement dies, and a sidecar that had it says later that it has it no more.
LEADER = (
    'ran 9 14 turn="t1"; started 0 unit="placement-0"; started 0 unit="placement-1"; started 0 unit="host-1/sidecar";'
    'sees 1; died {} unit="placement-0"; {}; ran 12 12.5 turn="t2"'
)
WITHOUT = "sees {} placement=false"
MEANWHILE = 'ran 9 14 turn="t1"; {}; ran 12 12.5 on=2 turn="t2"'
CAME_BACK = (
    'ran 9 9.1 turn="t1"; died 10 unit="host-1/sidecar"; ran 12 12.1 on=2 turn="t2";'
    'started 13 unit="host-1/sidecar"; {}; ran 14 14.1 instance={} turn="t3"'
)
HELD_SAVE = (
    'ran 9 9.4 turn="t1"; saved 9.1 9.3 turn="t1" value="1" acknowledged=false commit=[12.5,13]; left 9.5;'
    'paused 10 13 unit="host-1/sidecar"; ran 12 12.5 on=2 turn="t2"'
)
BIG = 'ran 1 1.5 turn="t1"; saved 1.1 1.2 turn="t1" value="9007199254740993" {};stored 1.1 1.3 value="{}" kept="1"'
LEFT_ALONE = (
    'sent 9.8 11 op="c" reason="gave-up"; ran 9.9 14.05 op="c" turn="t1" completed=false; tabled {} 2 hosts=[1]'
)
USED_BEFORE = "ran 8 8.1 on=2; " + CAME_BACK.format("", 1)
LEFT_BEHIND = (
    'ran 2 2.1 turn="t1"; struck 3.2 6 verb="kill" units=["host-1/sidecar"]; died 3.1 unit="host-1/sidecar";'
    'ran 5 5.1 on=2 turn="t2"; ran 7 7.1 turn="t3"; ran 8 8.1 turn="t4"'
)
# t3, of an instance that was left, saves over what t2 saved; t4 goes on from that, t5 in a later instance.
LOST_LATER = (
    'ran 9 9.1 turn="t1"; died 10 unit="host-1/sidecar"; ran 12 12.3 on=2 turn="t2";'
    'saved 12.1 12.2 turn="t2" count="2"{no}; stored 12.1 12.25 count="2"; started 13 unit="host-1/sidecar"; {told};'
    'ran 14 14.3 instance={n} turn="t3"; saved 14.1 14.2 turn="t3" count="3"; stored 14.1 14.25 count="3";'
    'ran 15 15.3 instance={n} turn="t4"; saved 15.1 15.2 turn="t4" count="4"; stored 15.1 15.25 count="4";'
    'ran 20 20.1 on=2 instance=2 turn="t5"'
)
# What t3 saved as its host ran again is what t4 begins with, in another instance.
STOOD = (
    'ran 9 9.1 turn="t1"; paused 10 13; ran 12 12.3 on=2 turn="t2"; saved 12.1 12.2 turn="t2" count="2";'
    'stored 12.1 12.25 count="2"; ran 13.1 13.4 turn="t3"; saved 13.2 13.3 turn="t3" count="3";'
    'stored 13.2 13.35 count="3"; ran 15 15.3 instance=2 turn="t4"; {}'
)
STRUCK_OUT = 'tabled 10 2 hosts={}; ran 60 61 on=2 turn="t1"; ran 60.5 60.8 turn="t2"'
IN_TURN = 'tabled 10 2 hosts=[1]; {}; ran 60 60.1 turn="t1"; ran 61 61.1 on=2 turn="t2"; ran 62 62.1 turn="t3"'
FAILED = (
    'ran 10 10.1 completed=false turn="t1"; ran 20 20.5 turn="t2";'
    'saved 20.1 20.2 turn="t2" count={{"value":4,"turn":"{}"}}; ran 20.6 20.7 turn="t3"'
)


# The link is silent from 10 s to 11 s, and closed as it is healed; the answer comes just after the next turn begins.
BROKEN_OFF = (
    'struck {} verb="swallow" units=[] links=["host-{}>app"]; sent 9 {} op="a" status={} turn="t1" {};'
    'ran 9.1 13 op="a" turn="t1"; ran 10.7 12 turn="t2"'
)
REFUSED = 'reason="status-500"'


@rules(
    "text mechanism",
    ("its call ends in an error", BROKEN_OFF.format("10 11", 1, 10.8, 500, REFUSED), "broken-link-frees-the-actor"),
    ("before the link was faulted", BROKEN_OFF.format("10 11", 1, 9.9, 500, REFUSED), ""),
    ("long after the next turn began", BROKEN_OFF.format("10 11", 1, 11.8, 500, REFUSED), ""),
    ("long after the link was healed", BROKEN_OFF.format("8 9.5", 1, 10.8, 500, REFUSED), ""),
    ("as the link was healed", BROKEN_OFF.format("9.5 11.5", 1, 10.8, 500, REFUSED), "broken-link-frees-the-actor"),
    ("that was faulted before", BROKEN_OFF.format("8 10.9", 1, 10.8, 500, REFUSED), "broken-link-frees-the-actor"),
    ("it was healed before", BROKEN_OFF.format("8 9", 1, 9.9, 500, REFUSED), ""),
    ("just before a short fault of the link", BROKEN_OFF.format("10 10.5", 1, 9.9, 500, REFUSED), ""),
    ("another host's link was", BROKEN_OFF.format("10 11", 2, 10.8, 500, REFUSED), ""),
    ("the link was faulted, and the call was answered well", BROKEN_OFF.format("10 11", 1, 13.1, 200, ""), ""),
    (
        "its call is begun again",
        (
            'cut 10 12 link="host-1>app"; sent 9 14 op="a" turn="t2"; ran 9.1 13 op="a" turn="t1";'
            'ran 10.2 12.9 op="a" turn="t2"'
        ),
        "broken-link-frees-the-actor",
    ),
)
def test_a_broken_link_to_the_application_is_told_by_what_became_of_the_call(text: str, mechanism: str) -> None:
    assert mechanism_of(text) == mechanism


@rules(
    "text names mechanism",
    ("its application stood still", MEANWHILE.format("paused 10 13"), "t1 t2", "host-stood-still"),
    ("its sidecar died", MEANWHILE.format('died 10 unit="host-1/sidecar"'), "t1 t2", "sidecar-dies-application-lives"),
    (
        "it was asked to leave",
        MEANWHILE.format('asked 10 unit="host-1/sidecar"'),
        "t1 t2",
        "host-leaves-before-its-turns-end",
    ),
    (
        "it lost placement",
        MEANWHILE.format('cut 10 13 link="host-1>placement-0"'),
        "t1 t2",
        WITHOUT_PLACEMENT,
    ),
    ("a replica of placement just died", LEADER.format(11.9, WITHOUT.format(12.2)), "t1 t2", WITHOUT_PLACEMENT),
    ("long before", LEADER.format(9.5, WITHOUT.format(12.2)), "t1 t2", UNDISTURBED),
    ("after that", LEADER.format(12.1, WITHOUT.format(12.2)), "t1 t2", UNDISTURBED),
    ("and nobody lost placement", LEADER.format(11.9, "sees 12.2"), "t1 t2", UNDISTURBED),
    (
        "told to end before it stood still",
        'ran 9 9.1 turn="t1"; left 9.5; paused 10 13; ran 12 12.5 on=2 turn="t2"',
        "t1 t2",
        "instance-ended-early",
    ),
    ("nothing happened to it", MEANWHILE.format(""), "t1 t2", UNDISTURBED),
    (
        "a fault that has nothing to do with it",
        MEANWHILE.format('struck 10 13 verb="delay" units=[] links=["host-2>store"]'),
        "t1 t2",
        "",
    ),
    ("an instance that was left answers again", CAME_BACK.format("", 1), "t3", "sidecar-dies-application-lives"),
    ("not a new one", CAME_BACK.format("leave 13.5", 2), "t3", ""),
    ("answers of an instance that was left behind", LEFT_BEHIND, "t3", "sidecar-dies-application-lives"),
    ("each of them", LEFT_BEHIND, "t3 t4", "sidecar-dies-application-lives"),
    ("it was used elsewhere before that", USED_BEFORE, "t3", "sidecar-dies-application-lives"),
    ("it was used elsewhere after that alone", USED_BEFORE, "t1", ""),
    (
        "its sidecar held a save, though it was told to end",
        HELD_SAVE,
        "t1. t2",
        "host-stood-still",
    ),
    (
        "the link to its application is cut after that",
        'ran 2 2.1 turn="t1"; ran 5 5.1 on=2 turn="t2"; cut 5.5 6 link="host-1>app"; ran 7 7.1 turn="t3"',
        "t3",
        "",
    ),
    (
        "the link to its application is cut",
        'ran 2 2.1 turn="t1"; cut 3 6 link="host-1>app"; ran 5 5.1 on=2 turn="t2"; ran 7 7.1 turn="t3"',
        "t3",
        "application-not-told",
    ),
    ("a save lost long after it", LOST_LATER.format(no="", told="", n=1), "t2 t5", "sidecar-dies-application-lives"),
    ("its instance was told to end", LOST_LATER.format(no="", told="leave 13.5", n=2), "t2 t5", ""),
    ("not acknowledged", LOST_LATER.format(no=" acknowledged=false", told="", n=1), "t2 t5", ""),
    ("it read again", LOST_LATER.format(no="", told="", n=1) + '; reads 14.05 14.06 turn="t3"', "t2 t5", ""),
    ("a save made after it", LOST_LATER.format(no="", told="", n=1), "t4 t5", ""),
    ("one of the turns saved over another host's save", STOOD.format(""), "t3 t4", "host-stood-still"),
    (
        "a table that comes as it runs takes no reply from a caller that had gone before",
        'sent 9.5 11 op="c" reason="gave-up";'
        + STOOD.format("tabled 13.2 2 hosts=[1]").replace("ran 13.1 13.4", 'ran 13.1 13.4 op="c"'),
        "c t3 t4",
        "host-stood-still",
    ),
    ("no other host had saved", STOOD.format('stored 13 13.05 count="0"'), "t3 t4", ""),
    ("it had read what it saved over", STOOD.format('reads 13.15 13.16 turn="t3"'), "t3 t4", ""),
    ("placement does not list who goes on", STRUCK_OUT.format("[1]"), "t1 t2", "struck-out-host-goes-on"),
    (
        "placement never listed who goes on",
        'joined 1 host=3; ran 60 61 on=3 turn="t1"; ran 60.5 60.8 turn="t2"',
        "t1 t2",
        UNDISTURBED,
    ),
    *(
        (
            f"a turn fails whose caller left at 11 s, and a table comes at {at_s} s",
            LEFT_ALONE.format(at_s),
            "c t1",
            what,
        )
        for at_s, what in ((10.5, "change-breaks-a-turn"), (13, ""))
    ),
    ("placement lists who goes on", STRUCK_OUT.format("[1,2]"), "t1 t2", UNDISTURBED),
    ("a table lacks one of two that take turns", IN_TURN.format(""), "t1 t2 t3", "struck-out-host-goes-on"),
    (
        "not where it took all of them",
        'tabled 10 2 hosts=[2]; ran 60 60.1 turn="t1"; ran 61 61.1 turn="t2"',
        "t1 t2",
        "",
    ),
    ("both are back in the table", IN_TURN.format("tabled 59 3"), "t1 t2 t3", ""),
    ("a save names a failed turn", FAILED.format("t1"), "t2 t3", "failed-turn-leaves-its-changes"),
    ("a save names its own", FAILED.format("t2"), "t2 t3", ""),
    *(
        (
            f"a number of which the store has {stored}, named by {names}",
            BIG.format(more, stored),
            names,
            mechanism,
        )
        for stored, names, more, mechanism in (
            ("9007199254740992", "save-1.", "", "number-rounded"),
            ("9007199254740992", "t1", 'other="1"', "save-acknowledged-and-not-kept"),
            ("7", "save-1", 'kept="1"', "save-acknowledged-and-not-kept"),
            ("7", "t1", "acknowledged=false", ""),
        )
    ),
)
def test_what_became_of_a_host_or_a_save(text: str, names: str, mechanism: str) -> None:
    assert mechanism_of(text, names) == mechanism


TWO_DRAINS = 'ran 9.9 16 turn="t1"; tabled 10 2 hosts=[1]; tabled 10.5 3 hosts=[1]; ran 14.6 14.9 turn="t2"'
ENDLESS = (
    'sent 1 1.2 op="r" action="register-reminder" name="r" args={"due_s":1,"period_s":1};'
    'ran 2.1 2.2 cause="reminder" name="r" turn="t1"'
)
IN_ITS_WAY = (
    'ran 1 3 cause="reminder" name="r" turn="t1"; calls 1.1 2.5 turn="t1" actor="Ledger/b" op="q";'
    'ran 1.2 2.4 actor="Ledger/b" op="q" turn="t2"; calls 1.3 2 turn="t2" op="q1" outcome="info" reason="gave-up"'
)
SAVES = 'ran {0} {0}.5 on=2 turn="t{0}"; saved {0}.1 {0}.2 turn="t{0}" value="{0}" commit=[{0}.1,{0}.3]{1}'
READS = f'{SAVES.format(1, "")}; {SAVES.format(2, "")}; {{}}; ran 6 6.5 turn="t6" result={{}}'


@rules(
    "more result mechanism lacking",
    ("one of two saves", "", '["t1"]', "read-of-older-state", "t2"),
    ("the latest that it lacks is told", SAVES.format(3, ""), '["t1"]', "read-of-older-state", "t3"),
    ("one that it has come first", SAVES.format(3, ""), '["t3"]', "read-of-older-state", "t2"),
    (
        "one of two saves of a turn was acknowledged",
        'saved 2.3 turn="t2" other="1"',
        '["t1"]',
        "read-of-older-state",
        "t2",
    ),
    ("it has both", "", '["t1","t2"]', "", ""),
    ("it names no turn", "", "[]", "", ""),
    ("what it lacks was not acknowledged", SAVES.format(3, " acknowledged=false"), '["t1","t2"]', "", ""),
    ("what it lacks came later", SAVES.format(7, ""), '["t1","t2"]', "", ""),
    (
        "a turn that failed",
        'ran 4 4.1 completed=false turn="t4"; ran 5 5.1 completed=false turn="t5"',
        "[]",
        FAILS,
        "t5",
    ),
    ("in another instance", "ran 5 5.1 on=2 completed=false", "[]", "", ""),
)
def test_an_answer_is_held_against_what_was_saved_before_it(
    more: str, result: str, mechanism: str, lacking: str
) -> None:
    cause = cause_of(READS.format(more, result), "t6", guarantee="durability")
    assert (cause.mechanism.id if cause.mechanism else "") == mechanism
    assert cause.example.links[-1].anchor == lacking if mechanism else not cause.example.links


@rules(
    "text names kind at_s anchor",
    ("a host was struck out", STRUCK_OUT.format("[1]"), "t1 t2", "struck out", 10, "host-2 2"),
    (
        "by the last table",
        "tabled 5 3; " + STRUCK_OUT.format("[1]").replace("10 2", "10 4"),
        "t1 t2",
        "struck out",
        10,
        "host-2 4",
    ),
    (
        "a host lost placement",
        MEANWHILE.format('cut 10 13 link="host-1>placement-0"'),
        "t1 t2",
        "placement lost",
        10,
        "host-1 {at_ns}",
    ),
    ("the latest of two drains gave up", TWO_DRAINS, "t1 t2", "table changed", 10.5, "table 3"),
    ("a tick without an end is the next one", ENDLESS, "r t1", "never delivered", 3, "Ledger/a r"),
    ("what a reminder calls in the end waits for it", IN_ITS_WAY, "q1", "reminder reenters", 1.3, "t1"),
    (
        "an application was cut off, whose actor was used elsewhere",
        'ran 2 2.1 turn="t1"; cut 3 6 link="host-1>app"; ran 5 5.1 on=2 turn="t2"; ran 7 7.1 turn="t3"',
        "t3",
        "application cut off",
        3,
        "host-1>app {at_ns}",
    ),
    (
        "so was placement",
        'ran 2 2.1 turn="t1"; cut 3 6 link="host-1>placement-0"; ran 25 25.1 on=2 turn="t2"; ran 27 27.1 turn="t3"',
        "t3",
        "placement lost",
        3,
        "host-1>placement {at_ns}",
    ),
)
def test_a_link_stands_where_it_began(text: str, names: str, kind: str, at_s: float, anchor: str) -> None:
    cause = cause_of(text, names, reentrancy=True, max_stack_depth=3, drain_timeout_s=4.0)
    (link,) = [link for link in cause.example.links if link.kind == kind]
    assert (link.at_ns, link.anchor) == (ns(at_s), anchor.format(at_ns=ns(at_s)))


WENT = 'ran 9 9.1 turn="t1"; {}; ran 11 11.1 on=2 turn="t2"'


@rules(
    "text mechanism",
    ("between hosts that stayed", WENT.format("tabled 10 2 hosts=[1,2,3]"), "actors-move-without-need"),
    ("with no other table", WENT.format(""), ""),
    ("from a host that left", WENT.format("tabled 10 2 hosts=[2]"), ""),
    ("to a host that came", "tabled 5 2 hosts=[1];" + WENT.format("tabled 10 3"), ""),
)
def test_an_actor_that_moves(text: str, mechanism: str) -> None:
    assert mechanism_of(text, guarantee="placement") == mechanism


# The next turn after one that failed: here the first try of its own call, after a drain.
SAVED_ONE = (
    'sent 5 5.5 op="a" args={{"by":1}} turn="t1" result=1; ran 5.1 5.4 op="a" turn="t1" result=1;'
    'saved 5.2 5.3 turn="t1" value={{"value":1,"turn":"t1"}} commit=[5.2,5.3];'
)
AFTER_FAILURE = SAVED_ONE + (
    'ran 8 8.2 name="fail" completed=false turn="t2"; {tried};'
    'sent 9.8 15 op="c" args={{"by":1}} turn="t3" result={answer}; ran 9.9 14.05 op="c" completed=false;'
    'tabled 10 3 hosts=[1]; ran 14.02 14.9 {call} turn="t3" result={answer}; {reads}'
)
CANCELS = "drain-cancels-long-turns"
CALLED_AGAIN = 'op="c"'
OF_ANOTHER = 'stored 5 5.1 actor="Counter/b" value="1"; '
SAVED_LATER = 'ran 16 16.5 turn="t4"; saved 16.1 16.2 turn="t4" value={"value":9,"turn":"t4"} commit=[16.1,16.3]'
UNSAID = 'op="c" completed=false'
KEEPS = 'saved 14.1 14.2 turn="t3" value={{"value":{0},"turn":"t3"}}'
READ_BETWEEN = 'ran 9 9.2 turn="t4"; reads 9.05 9.1 turn="t4"'
TRIED = 'saved 8.1 8.15 turn="t2" acknowledged=false value={{"value":2,"turn":"t2"}} {}; tabled 8.15 2'


@rules(
    "answer tried reads mechanism call",
    ("what it left in memory", 3, "", "", "failed-turn-leaves-its-changes", CALLED_AGAIN),
    ("by what it saves where nobody was answered", 3, "", KEEPS.format(3), "failed-turn-leaves-its-changes", UNSAID),
    ("nobody was answered, and it saves as it may", 3, "", KEEPS.format(2), "drain-cancels-long-turns", UNSAID),
    ("nobody was answered, and it saves nothing", 3, "", "", "drain-cancels-long-turns", UNSAID),
    ("a turn of no call", 3, "", "", "drain-cancels-long-turns", 'cause="reminder"'),
    ("what was saved, and 1", 2, "", "", "drain-cancels-long-turns", CALLED_AGAIN),
    (
        "it asked the store, whatever was in memory",
        3,
        "",
        'reads 14.03 14.04 turn="t3"',
        "drain-cancels-long-turns",
        CALLED_AGAIN,
    ),
    ("what it tried to save", 3, TRIED.format(""), "", "failed-save-is-taken-for-made", CALLED_AGAIN),
    ("a turn in between asked the store", 3, READ_BETWEEN, "", "drain-cancels-long-turns", CALLED_AGAIN),
    ("it reads what was left", 2, "", "", FAILS, 'op="c" name="get"'),
    ("it reads what was saved", 1, "", "", "drain-cancels-long-turns", 'op="c" name="get"'),
    ("the store has it", 3, TRIED.format("commit=[8.1,8.2]"), "", "drain-cancels-long-turns", CALLED_AGAIN),
    (
        "the store has some of it",
        3,
        f'{TRIED.format("")}; saved 8.16 8.18 turn="t2" acknowledged=false count="1" commit=[8.16,8.2]',
        "",
        "drain-cancels-long-turns",
        CALLED_AGAIN,
    ),
)
def test_a_failed_turn_is_the_cause_where_the_next_one_goes_on_from_what_the_store_lacks(
    answer: int, tried: str, reads: str, mechanism: str, call: str
) -> None:
    text = AFTER_FAILURE.format(answer=answer, tried=tried, reads=reads, call=call)
    assert mechanism_of(text, "t2 t3", actor="Counter/a", drain_timeout_s=4.0) == mechanism


@rules(
    "saved answer more names mechanism",
    ("where the store has nothing", OF_ANOTHER, 2, "", "t2 t3", FAILS),
    ("no more than that", OF_ANOTHER, 1, "", "t2 t3", CANCELS),
    ("where a commit names no turn", 'stored 5 5.1 value="1"; ', 3, "", "t2 t3", CANCELS),
    ("where the turn may have saved since then", SAVED_ONE.replace("5.4", "8.5"), 3, "", "t2 t3", CANCELS),
    (
        "where its save was not acknowledged",
        SAVED_ONE.replace("5.3", "5.3 acknowledged=false", 1),
        3,
        "",
        "t2 t3",
        CANCELS,
    ),
    ("where a later turn saved", SAVED_ONE, 3, SAVED_LATER, "t2 t3", FAILS),
    ("where two turns met", SAVED_ONE, 3, 'ran 14.3 14.5 turn="t4"', "t2 t3 t4", CANCELS),
)
def test_what_a_failed_turn_left_is_held_against_what_the_store_had(
    saved: str, answer: int, more: str, names: str, mechanism: str
) -> None:
    text = AFTER_FAILURE.format(answer=answer, tried="", reads=more, call=CALLED_AGAIN)
    text = text.replace(SAVED_ONE.format(), saved.format())
    assert mechanism_of(text, names, actor="Counter/a", drain_timeout_s=4.0) == mechanism


WAITING = (
    'sent 9.8 15 op="c" turn="t2"; ran 9.9 14.05 op="c" turn="t1" completed=false;'
    'ran 9.9 14.05 actor="Ledger/b" turn="t3"; saved 10.5 14.04 turn="{}" count="1" acknowledged=false;'
    'tabled 10 2 hosts=[1]; ran 14.1 14.9 on=2 op="c" turn="t2"'
)


@rules(
    "whose names mechanism",
    ("the save that waited was its own", "t1", "c t1 t2", "save-waits-for-its-own-drain"),
    ("it was another's", "t3", "c t1 t2", "change-breaks-a-turn"),
    ("its turn is not named", "t3", "c t2", ""),
)
def test_a_turn_that_fails_as_its_drain_runs_out_waited_for_itself(whose: str, names: str, mechanism: str) -> None:
    found = mechanism_of(WAITING.format(whose), names, guarantee="drain", at_s=14.05, drain_timeout_s=4.0)
    assert found == mechanism


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ("completed=false", "turn t1 failed as placement table 2 came up"),
        ("completed=true", "turn t1 completed, and its reply was lost, as placement table 2 came up"),
    ],
)
def test_what_became_of_a_turn_that_a_change_broke_is_said(ends: str, said: str) -> None:
    text = WAITING.format("t3").replace("completed=false", ends)
    cause = cause_of(text, "c t1 t2", guarantee="drain", at_s=14.05, drain_timeout_s=4.0)
    assert [link.said for link in cause.example.links if link.kind == "turn broken by a change"] == [said]


# ---- timers, reminders and silences

START = (
    'sent 1 1.2 op="a" name="start" args={"name":"t","due_s":1} turn="t1";ran 1.05 1.1 op="a" name="start" turn="t1"; '
)
FIRED = START + 'ran 5 5.1 cause="timer" name="t" turn="t2" '
LOST = (
    START + 'ran 5 15 on=2 cause="timer" name="t" callback="" turn="t2"; died 10 unit="host-2/sidecar";'
    'ran 12 12.5 turn="t3"'
)
EVERY_SECOND = START.replace('"due_s":1', '"due_s":1,"period_s":1')
BESIDE = (
    EVERY_SECOND + 'ran 5 5.6 cause="timer" name="t" callback="tick" turn="t2"; ran {} cause="timer" name="t" turn="t3"'
)


@rules(
    "text names mechanism",
    ("elsewhere without its callback", FIRED + 'on=2 callback=""', "t1 t2", "timer-callback-lost"),
    ("elsewhere with it", FIRED + 'on=2 callback="tick"', "t1 t2", "timer-outlives-its-actor"),
    ("in another instance", FIRED + 'instance=2 callback="tick"', "t1 t2", "timer-outlives-its-actor"),
    ("where it was registered", FIRED + 'callback="tick"', "t1 t2", ""),
    ("it alone is named", FIRED + 'on=2 callback="tick"', "t2", ""),
    *(
        (
            f"after {stop} of {name}",
            FIRED.replace("ran 5", f'sent 2 2.2 name="{stop}" args={{"name":"{name}"}}; ran 5') + 'callback="tick"',
            "t1 t2",
            mechanism,
        )
        for stop, name, mechanism in (("stop", "t", "fires-after-unregister"), ("stop", "u", ""), ("halt", "t", ""))
    ),
    ("what comes later is no cause", LOST, "t1 t2", "timer-callback-lost"),
    ("it is one of what comes after it", LOST, "t2 t3", "sidecar-dies-application-lives"),
    ("the next does not wait for it", BESIDE.replace("{}", "6 6.1"), "t1 t2 t3", "timer-at-a-fixed-rate"),
    ("a period after it", BESIDE.replace("{}", "6.9 7"), "t1 t2 t3", "tick-never-delivered"),
    (
        "sooner than due since the turn that registered it began",
        START + 'ran 2.03 2.04 cause="timer" name="t" callback="tick" turn="t2"',
        "t1 t2",
        "fires-early",
    ),
)
def test_a_timers_mechanism_is_told_by_where_and_how_it_fires(text: str, names: str, mechanism: str) -> None:
    assert mechanism_of(text, names, actor="Ticker/a") == mechanism


def queue_of(first: str, second: str, *, times: int) -> str:
    """Timers of two actors, whose callbacks take 0.8 s by turns, from 2.1 s on, one as soon as the other has ended."""
    told = [
        f'sent 1 1.2 op="{name}" actor="Ticker/{actor}" name="start" args={{"name":"{name}","due_s":1,"period_s":1}}'
        f' turn="{name}0"; ran 1.05 1.1 op="{name}" actor="Ticker/{actor}" name="start" turn="{name}0"'
        for name, actor in {"u": first, "v": second}.items()
    ]
    for turn in range(times):
        at_s = 2.1 + 0.9 * turn
        actor, name = (second, "v") if turn % 2 else (first, "u")
        told.append(f'ran {at_s} {at_s + 0.85} actor="Ticker/{actor}" cause="timer" name="{name}" turn="q{turn}"')
    return "; ".join(told) + "; "


BRIEF = START.replace('"due_s":1', '"due_s":1,"period_s":1,"ttl_s":1.5') + "ran 7"


@rules(
    "text mechanism",
    ("one by one, and it never comes", queue_of("b", "c", times=6) + START, "timers-wait-for-one-another"),
    ("too few of them waited for another", queue_of("b", "c", times=5) + START, "tick-never-delivered"),
    ("they are of one actor, whose turns never meet", queue_of("b", "b", times=6) + START, "tick-never-delivered"),
    (
        "two at once",
        queue_of("b", "c", times=6).replace("ran 5.7 ", "ran 5.5 ") + START,
        "tick-never-delivered",
    ),
    (
        "busy for less than half of the time",
        queue_of("b", "c", times=6) + START.replace('"due_s":1', '"due_s":5'),
        "tick-never-delivered",
    ),
    (
        "one by one, and it comes after its end",
        queue_of("b", "c", times=6) + BRIEF + '.6 7.7 cause="timer" name="t"',
        "timers-wait-for-one-another",
    ),
    (
        "its own actor was busy for some of the time",
        queue_of("a", "c", times=6).replace("ran 1.05 1.1", "ran 1.15 1.18")
        + BRIEF.replace("ran 7", "ran 8")
        + '.6 8.7 cause="timer" name="t"',
        "fires-beyond-its-end",
    ),
    (
        "two at once, and it comes after its end",
        queue_of("b", "c", times=6) + BRIEF + ' 7.1 cause="timer" name="t"',
        "fires-beyond-its-end",
    ),
)
def test_timers_that_wait_for_one_another_run_one_by_one_at_a_busy_sidecar(text: str, mechanism: str) -> None:
    assert mechanism_of(text, "a t1", actor="Ticker/a") == mechanism


REGISTERED = 'sent 1 1.2 op="r" action="register-reminder" name="r" args={{"due_s":1{}}}; '
FIRES = 'ran {} {} cause="reminder" name="r" turn="{}"'
TWICE = f"{FIRES.format(2.1, 2.2, 't1')}; {FIRES.format(3.1, 3.2, 't2')}"
NOT_ANY_MORE = 'sent 2.5 {} action="unregister-reminder" name="r"; '


@rules(
    "text names mechanism",
    ("before it is due", REGISTERED.format("") + FIRES.format(1.9, 1.95, "t1"), "r t1", "fires-early"),
    ("once", REGISTERED.format("") + FIRES.format(2.1, 2.2, "t1"), "r t1", ""),
    (
        "a call of that name",
        REGISTERED.format("") + 'ran 1.5 1.6 name="r"; ' + FIRES.format(2.1, 2.2, "t1"),
        "r t1",
        "",
    ),
    (
        "once, and again with a failure",
        REGISTERED.format("") + TWICE + " completed=false",
        "r t1 t2",
        "fires-beyond-its-end",
    ),
    (
        "without what was registered",
        REGISTERED.format(',"data":"x"') + FIRES.format(2.1, 2.2, "t1"),
        "r t1",
        "payload-lost",
    ),
    ("with it", REGISTERED.format(',"data":"x"') + FIRES.format(2.1, 2.2, "t1") + ' data="x"', "r t1", ""),
    (
        "without a callback's name",
        REGISTERED.format("") + FIRES.format(2.1, 2.2, "t1") + ' callback=""',
        "r t1",
        "callback-lost",
    ),
    (
        "the last failed",
        REGISTERED.format(',"period_s":1') + FIRES.format(2.1, 2.2, "t1") + " completed=false",
        "r",
        "failing-callback-ends-it",
    ),
    *(
        (
            f"its actor is busy from {from_s} to {to_s} s",
            f'{REGISTERED.format("")}ran {from_s} {to_s} turn="t1"',
            "r",
            mechanism,
        )
        for from_s, to_s, mechanism in (
            (2.1, 4, "tick-lost-while-busy"),
            (2.101, 4, "tick-never-delivered"),
            (1.5, 2, "tick-lost-while-busy"),
            (1.5, 1.999, "tick-never-delivered"),
        )
    ),
    ("twice without a period", REGISTERED.format("") + TWICE, "r t1 t2", "fires-beyond-its-end"),
    ("twice with one", REGISTERED.format(',"period_s":1') + TWICE, "r t1 t2", "tick-never-delivered"),
    ("twice of once", REGISTERED.format(',"period_s":1,"repetitions":1') + TWICE, "r t1 t2", "fires-beyond-its-end"),
    (
        "twice of three times",
        REGISTERED.format(',"period_s":1,"repetitions":3') + TWICE,
        "r t1 t2",
        "tick-never-delivered",
    ),
    (
        "again after its callback failed",
        REGISTERED.format("") + TWICE.replace('turn="t1"', 'turn="t1" completed=false'),
        "r t1 t2",
        "failed-turn-leaves-its-changes",
    ),
    *(
        (f"a time to live of {ttl_s} s", REGISTERED.format(f',"period_s":1,"ttl_s":{ttl_s}') + TWICE, "r t2", mechanism)
        for ttl_s, mechanism in ((0.85, "fires-beyond-its-end"), (0.95, "tick-never-delivered"))
    ),
    *(
        (
            f"unregistered by {by_s} s",
            REGISTERED.format(',"period_s":1') + NOT_ANY_MORE.format(by_s) + TWICE,
            "r t2",
            mechanism,
        )
        for by_s, mechanism in (
            (3, "fires-after-unregister"),
            (3.15, "tick-never-delivered"),
            ('3 action="unregister-reminder" name="r"; sent 2.6 3.15', "fires-after-unregister"),
            ('2.6 action="unregister-reminder" name="q"; sent 2.5 3.15', "tick-never-delivered"),
        )
    ),
)
def test_a_firing_is_held_against_its_registration(text: str, names: str, mechanism: str) -> None:
    assert mechanism_of(text, names, guarantee="reminders", actor="Recorder/a", at_s=50.0) == mechanism


@rules(
    "away mechanism",
    ("a part was away", "died 3; joined 5 host=1 sidecar=false", "tick-lost-while-a-part-was-away"),
    ("it was back by then", "died 3; joined 3.9 host=1 sidecar=false", "tick-never-delivered"),
    ("it never came back", "died 3", "tick-lost-while-a-part-was-away"),
    ("none was", "", "tick-never-delivered"),
)
def test_a_missed_tick_is_told_by_what_was_away_when_it_was_due(away: str, mechanism: str) -> None:
    text = (
        'sent 1 1.1 op="r" action="register-reminder" name="r" args={"due_s":1,"period_s":2,"repetitions":3};'
        f'{away}; ran 2 2.01 on=2 cause="reminder" name="r"; ran 6 6.01 on=2 cause="reminder" name="r"'
    )
    assert mechanism_of(text, "r", guarantee="reminders", actor="Recorder/a", at_s=4.0) == mechanism


KILLED = (
    'struck 10 80 verb="kill" target="{0}" units=["{0}"]; died 10 unit="{0}"; tabled 20 2 hosts={1};'
    'sent 60 62 op="c" reason="deadline" via=2'
)
AGAIN_IN_THE_TABLE = (
    'tabled 5 2 hosts=[2]; tabled 6 3; struck 10 80 verb="kill" units=["host-1/app"]; died 10;'
    'sent 60 62 op="c" reason="deadline" via=2'
)
DEAD = KILLED.format("host-1/app", "[1,2]")
DEAD_APP, LOST_HOST = "dead-application-keeps-its-actors", "actors-of-a-lost-host-stay-silent"
LOST_PART = (
    'struck 5 6 verb="kill" target="host-2/app" units=["host-2/app"];'
    'struck 10 {1} verb="kill" target="{0}" units=["{0}"]; sent {2} 60 op="c" reason="deadline"'
)
# Of 20.5 s of silence the middle half begins at 14.725 s and ends at 24.975 s.
SILENT = (
    'ran 9.5 9.6 turn="before"; tabled {table_s} 2; sent 10 12 op="c" reason="deadline" via=2; {other};'
    'ran 30 30.1 turn="after"'
)
ASKED = 'sent 1 1.1 op="c" action="register-reminder" name="r" args={"due_s":2.0,"data":"r"}; '
ELSEWHERE = 'ran 3.1 3.2 actor="Recorder/a/b" cause="reminder" name="r" data="r"'


@rules(
    "text names actor mechanism",
    (
        "a dead application stands in the table",
        KILLED.format("host-1/app", "[1,2]"),
        "c",
        "Ledger/a",
        "dead-application-keeps-its-actors",
    ),
    ("it does not", KILLED.format("host-1/app", "[2]"), "c", "Ledger/a", "actors-of-a-lost-host-stay-silent"),
    *(
        (f"{what}", DEAD.replace(old, new) + more, names, "Ledger/a", mechanism)
        for what, old, new, more, names, mechanism in (
            ("it did not for a while", "[1,2]", "[2]", "; tabled 30 3", "c", LOST_HOST),
            ("another call was answered", "", "", '; sent 61 61.5 op="d"', "c d", LOST_HOST),
            ("it was asked early, too", "", "", '; sent 15 16 op="d" reason="deadline"', "c d", DEAD_APP),
            ("it was asked early", "sent 60", "sent 21", "", "c", ""),
            ("what comes later counts for nothing", "", "", "; struck 70 75; tabled 70 3 hosts=[2]", "c", DEAD_APP),
            ("its sidecar died since then", "", "", '; died 30 unit="host-1/sidecar"', "c", LOST_HOST),
            ("it was healed", "10 80", "10 50", "", "c", LOST_HOST),
            ("it stood still", 'verb="kill"', 'verb="pause"', "", "c", LOST_HOST),
            ("another one ended with it", '["host-1/app"]', '["host-1/app","host-2/app"]', "", "c", LOST_HOST),
        )
    ),
    (
        "the latest table before its end has it not",
        AGAIN_IN_THE_TABLE.replace("tabled 6 3; ", ""),
        "c",
        "Ledger/a",
        LOST_HOST,
    ),
    (
        "the latest table counts, which came before its end",
        AGAIN_IN_THE_TABLE,
        "c",
        "Ledger/a",
        "dead-application-keeps-its-actors",
    ),
    (
        "its sidecar is dead",
        KILLED.format("host-1/sidecar", "[1,2]"),
        "c",
        "Ledger/a",
        "actors-of-a-lost-host-stay-silent",
    ),
    *(
        (f"{target} was lost, asked at {at_s} s", LOST_PART.format(target, healed_s, at_s), "c", "Ledger/a", mechanism)
        for target, healed_s, at_s, mechanism in (
            ("store", 15, 17, "store-not-found-again"),
            ("store", 15, 16.999, ""),
            ("store", 90, 24, "store-not-found-again"),
            ("placement-0", 90, 23.999, ""),
            ("placement-0", 90, 24, "placement-not-found-again"),
        )
    ),
    *(
        (f"of several calls: {more}", f"{LOST_PART.format('store', 15, 16.999)}; {more}", names, "Ledger/a", mechanism)
        for more, names, mechanism in (
            ('sent 70 71 op="d"', "c d", ""),
            ('sent 70 71 op="d" reason="deadline"', "d c", "store-not-found-again"),
            ('sent 70 op="d"', "d", "store-not-found-again"),
            ('sent 17 60 op="d" reason="deadline"; struck 70 71', "d", "store-not-found-again"),
            ('sent 17 60 op="d" reason="deadline"; struck 16 16.5 took=false', "d", "store-not-found-again"),
        )
    ),
    (
        "the first of several parts was lost",
        'struck 10 15 verb="restart" target="all" units=["store","placement-0"]; sent 17 60 op="c" reason="deadline"',
        "c",
        "Ledger/a",
        "store-not-found-again",
    ),
    (
        "another turn failed meanwhile",
        SILENT.format(table_s=10, other='ran 20 20.1 on=2 completed=false actor="Ledger/b"'),
        "c before after",
        "Ledger/a",
        "table-silences-everybody",
    ),
    *(
        (
            f"the table changed at {table_s} s, and another answered at {other_s} s",
            SILENT.format(table_s=table_s, other=f'ran {other_s - 0.1} {other_s} on=2 actor="Ledger/b"'),
            "c before after",
            "Ledger/a",
            "table-silences-everybody" if silent else "",
        )
        for table_s, other_s, silent in (
            (10, 14.7, True),
            (10, 14.8, False),
            (10, 24.9, False),
            (10, 25, True),
            (14.7, 25, True),
            (16, 25, False),
        )
    ),
    ("an id of dots", ASKED, "c", "Recorder/..", "id-in-no-path"),
    ("an id that is no escape", ASKED, "c", "Recorder/%", "id-in-no-path"),
    ("one that got a call", ASKED + "ran 5 5.1", "c", "Recorder/%", "tick-never-delivered"),
    ("an id that was decoded again", ASKED + ELSEWHERE, "c", "Recorder/a%2Fb", "id-decoded-again"),
    ("another reminder of it", ASKED + ELSEWHERE.replace('"r"', '"q"'), "c", "Recorder/a%2Fb", "tick-never-delivered"),
    ("nobody got what it asked for", ASKED, "c", "Recorder/a%2Fb", "tick-never-delivered"),
    ("a plain id", ASKED, "c", "Recorder/a", "tick-never-delivered"),
)
def test_why_an_actor_is_silent(text: str, names: str, actor: str, mechanism: str) -> None:
    assert mechanism_of(text, names, guarantee="failover", actor=actor) == mechanism


# ---- chains of calls, and what else one turn or call shows

CHAIN = 'sent 0.9 3.1 op="o" turn="t1"; ran 1 3 op="o" turn="t1"; calls 1.1 2 turn="t1" op="i" {}'
ENTERED = '; ran {} 2.5 op="i" turn="t2"'
WENT_IN = CHAIN.format("") + ENTERED.format(1.2)
NO_ANSWER = 'outcome="info" reason="gave-up"'
TURNED_AWAY = 'outcome="info" status=500'
CALLS_ITSELF = 'ran 1 3 cause="reminder" name="r" turn="t1"; calls 1.1 2 turn="t1" op="i" {}'


@rules(
    "text names depth mechanism",
    ("refused where it may go no deeper", CHAIN.format(TURNED_AWAY), "t1", 1, "refused-chain-keeps-the-lock"),
    ("named by the call alone", CHAIN.format(TURNED_AWAY), "i", 1, "refused-chain-keeps-the-lock"),
    ("refused where it may", CHAIN.format(TURNED_AWAY), "t1 i", 2, "chain-refused-too-early"),
    ("not let in", CHAIN.format(NO_ANSWER), "t1 i", 2, "chain-waits-for-itself"),
    ("a call that is not named", CHAIN.format(NO_ANSWER), "t1", 2, ""),
    ("its call runs twice at once", WENT_IN + '; ran 1.3 2.4 op="i" turn="t3"', "t2 t3", 2, UNDISTURBED),
    (
        "let in when its caller had given up",
        CHAIN.format(NO_ANSWER) + ENTERED.format(2),
        "t1 i",
        2,
        "chain-waits-for-itself",
    ),
    ("let in, without an answer", CHAIN.format(NO_ANSWER) + ENTERED.format(1.999), "t1 i", 2, "reentrant-answer-lost"),
    ("let in too deep", WENT_IN, "t1 i", 1, "chain-deeper-than-allowed"),
    ("let in as it may", WENT_IN, "t1 t2 i", 2, ""),
    ("let in though that is off", WENT_IN, "t1 i", 0, "chain-enters-though-off"),
    ("a reminder calls its own actor", CALLS_ITSELF.format(NO_ANSWER), "t1", 2, "reminder-cannot-reenter"),
    ("and gets in", CALLS_ITSELF.format("") + ENTERED.format(1.2), "t1", 2, ""),
    ("or gets in late", CALLS_ITSELF.format(NO_ANSWER) + ENTERED.format(2), "t1", 2, "reminder-cannot-reenter"),
)
def test_a_chain_is_told_by_what_became_of_its_call(text: str, names: str, depth: int, mechanism: str) -> None:
    """A depth of 0 stands for none: reentrancy is off."""
    found = mechanism_of(text, names, guarantee="reentrancy", reentrancy=depth > 0, max_stack_depth=depth or 2)
    assert found == mechanism


@pytest.mark.parametrize(("again_s", "mechanism"), [(1.2, ""), (1.201, "answered-call-runs-again")])
def test_a_call_runs_again_after_its_answer(again_s: float, mechanism: str) -> None:
    text = f'sent 1 1.2 op="c" turn="t1"; ran 1.05 1.1 op="c" turn="t1"; ran {again_s} 2 op="c" turn="t2"'
    assert mechanism_of(text, "c", guarantee="executions") == mechanism


@rules(
    "actors more mechanism",
    ("ten of them", 10, "", "one-host-has-all-actors"),
    ("nine may by chance", 9, "", ""),
    ("one is elsewhere", 10, 'ran 5 6 on=2 actor="Ledger/b"', ""),
    ("there is one host only", 10, "tabled 5 2 hosts=[1]", ""),
)
def test_one_host_has_all_actors_where_the_table_has_more(actors: int, more: str, mechanism: str) -> None:
    text = "; ".join(f'ran 1 2 actor="Ledger/{n}" turn="t{n}"' for n in range(actors))
    assert mechanism_of(f"{text}; {more}", "t0", guarantee="placement", actor="Ledger/0") == mechanism


# ---- several violations


def found(
    *links: str, guarantee: str = "turns", anomaly: str = "any", said: str = "said", at_s: tuple[float, ...] = (10,)
) -> Traced:
    """A violation with an event at each instant, and its links, each a kind and perhaps an anchor."""
    events = tuple(EventRef(process="p", seq=n, t_ns=ns(each), label="e") for n, each in enumerate(at_s))
    at_ns = ns(max(at_s, default=9))
    one = Violation(anomaly=anomaly, actor="a", summary="s", events=events, trigger=guarantee, at_ns=at_ns)
    parts = (each.partition(": ") for each in links)
    told = tuple(Link(kind=kind, anchor=anchor or kind, said=said, at_ns=at_ns) for kind, _, anchor in parts)
    return Traced(guarantee=guarantee, part="", violation=one, links=told)


IDLED, STOPPED = "idle time-out", "host stopped"
DRAINS = ("table changed: table 2", "drain gave up: table 2 host-1")


def test_causes_come_with_the_most_violations_first_and_what_nothing_explains_last_one_by_one() -> None:
    told = [found(at_s=(at_s,)) for at_s in (10, 11, 12)]
    told += [found(STOPPED), found(IDLED), found(IDLED, guarantee="drain")]
    listed = causes(told, MECHANISMS)
    assert [(key_of(each, each.example), each.incidents, each.lost) for each in listed] == [
        ("idle-time-out-cancels-a-turn", 1, {"turns": 1, "drain": 1}),
        ("host-stood-still", 1, {"turns": 1}),
        (f"{UNEXPLAINED}/turns/any", 3, {"turns": 3}),
    ]
    assert all(each.triggers == each.lost for each in listed)


def test_a_violation_without_a_class_is_called_explained_where_a_known_cause_explains_it() -> None:
    explained, other = found(STOPPED, anomaly=UNEXPLAINED), found(anomaly=UNEXPLAINED, at_s=(11,))
    names = Classes(causes([explained, found(IDLED), other], MECHANISMS))
    assert names.counts([each.violation for each in (explained, found(IDLED), other)]) == {
        EXPLAINED: 1,
        "any": 1,
        UNEXPLAINED: 1,
    }


@rules(
    "other incidents",
    ("whatever guarantees they break", found(*DRAINS, guarantee="drain"), 1),
    ("on whatever hosts", found(DRAINS[0], "drain gave up: table 2 host-2", at_s=(11,)), 1),
    ("not only a fault behind it", found("fault", "table changed: table 3", DRAINS[1], at_s=(11,)), 2),
)
def test_violations_that_share_what_their_mechanism_began_with_are_one_incident(other: Traced, incidents: int) -> None:
    (cause,) = causes([found("fault", *DRAINS), other], MECHANISMS)
    assert cause.incidents == incidents


@rules(
    "best others",
    ("has a class", found(at_s=(1, 2, 3)), [found(anomaly=UNEXPLAINED)]),
    ("is of what is broken most often", found(at_s=(1, 2)), [found(guarantee="drain"), found(at_s=(1, 2, 3))]),
    ("has few events and links", found(at_s=(1, 2)), [found(IDLED, at_s=(1, 3)), found(at_s=(1, 2, 3))]),
    ("and is of few turns", found(IDLED, said="a#1:t1 b"), [found(IDLED, said="a#1:t1 a#1:t2")]),
    ("and is long", found(at_s=(1, 3)), [found(at_s=(2, 3))]),
    ("or has no event at all", found(at_s=()), [found()]),
)
def test_the_example_of_a_cause(best: Traced, others: list[Traced]) -> None:
    assert clearest(None, [*others, best]) is best
    assert clearest(None, [best, *others]) is best


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('links = ["idle time-out"]', "links = []", "names no link"),
        ('id = "caller-gives-up"', 'id = "timer-at-a-fixed-rate"', "there twice"),
        ('id = "caller-gives-up"', 'id = "caller-gives-up"\nmore = 1', "keys have to be"),
    ],
)
def test_a_wrong_list_of_mechanisms_is_refused_by_name(old: str, new: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse(LISTED.replace(old, new))
    assert parse("") == ()
