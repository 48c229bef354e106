"""What the verdict on timers says at the boundaries of its rules, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import ns
from tests.properties.scene import Row, Scene, row, table
from tests.properties.terms import free, verdict_on
from tests.properties.timers.parts import T, fire, register, unregister
from tests.properties.weaker import leave_out

GONE = "fired after deactivation"
OFF = "fired after unregister"
OVER = "beyond its end"
SOON = "next period began early"
COUNTED = "counted from the end of the callback before"
NOT_SERVED = "was not served within 3.0 s of its due time, though its actor was active"
ELSEWHERE = "in another activation than the one that registered it"
STRANGE = {"early": 1, "payload changed": 1}
KEPT, COLLECTED = "actors that a timer kept active", "actors collected though their timer fired"


class Timers(Scene):
    """One actor's timers; `set` and `unset` are calls of 0.1 s whose turns last from 0.01 to 0.09."""

    guarantee, actor = "timers", T

    def set(self, at_s: float = 1.0, **how: Any) -> None:
        register(self, self.one, at_s, **how)

    def unset(self, at_s: float, *, away: bool = False, **how: Any) -> None:
        unregister(self, self.two if away else self.one, at_s, **how)

    def fire(self, *at_s: float, away: bool = False, **how: Any) -> None:
        for each in at_s:
            fire(self, self.two if away else self.one, each, **how)

    def hang(self, at_s: float, *, data: Any = None) -> None:
        """A callback that goes on."""
        self.turn(T, self.one, at_s, None, cause="timer", name="t", callback="tick", data=data)


def told(text: str, **run: Any) -> Timers:
    return Timers(**run).tell(text)


@table(
    row("early has a slack of 40 ms", "set due_s=2; fire 2.96"),
    row("early is more than the slack", "set due_s=2; fire 2.959", classes="early"),
    row("a callback that failed serves no tick", "set period_s=5 repetitions=2; fire 2.1 completed=false; fire 2.5"),
    row("a later tick is not early in a disturbance", "cut 1.5 1.6; set due_s=2 period_s=5; fire 3.1 4"),
    row("the first is, in any", "cut 1.5 1.6; set due_s=2 period_s=5; fire 2", classes="early"),
    row("a period has a slack of 50 ms", "set period_s=1 repetitions=2; fire 2.1 for_s=0.5; fire 3.55"),
    row("and no more", "set period_s=1 repetitions=2; fire 2.1 for_s=0.5; fire 3.549", classes=SOON),
    row(
        "a period that a fault touches is not judged",
        "set period_s=1 repetitions=2; cut 2.3 2.4; fire 2.1 for_s=0.5; fire 3.2",
        opportunities={SOON: 0},
    ),
    row(
        "a failed callback does not excuse the period after the next",
        "set period_s=1 repetitions=3; fire 2.1 completed=false; fire 3.2 for_s=0.5; fire 4.3",
        classes=SOON,
    ),
    row("a tick may come just before its time is up", "set; fire 5.09"),
    row("but not then", "set; fire 5.1", classes="missed"),
    row("nothing is missed when the run ends first", "set", end_s=5.09),
    row("it is when the run ends then", "set", end_s=5.1, classes="missed"),
    row("no tick is wanted that is due at the end of its time to live", "set period_s=30 ttl_s=1.12"),
    row("one is that is due before", "set period_s=30 ttl_s=1.13", classes="missed"),
    *(
        row(f"none is wanted once {unit} is asked to end", f'set due_s=5; asked 5 unit="{unit}"', end_s=30)
        for unit in ("host-1/sidecar", "host-1/app")
    ),
    row("none is wanted after a callback that goes on", "set period_s=1; hang 2.1", evidence={"ticks": 1}),
    row(
        "a tick that came late was not removed by the failure before it",
        "set period_s=1 repetitions=2; fire 2.1 completed=false; fire 9",
        classes="missed",
        opportunities={"missed": 2, "removed by a failing callback": 1},
    ),
    row("how often a period of zero fires is not judged", "set period_s=0; fire 2.1 2.2 2.3 7.1"),
    row(
        "what faults disturb is not judged",
        'cut 1.5 2 link="host-1>app"; set period_s=1; fire 2.1 for_s=0.5; fire 3.2; unset 4; fire 6.5',
        evidence={"ticks": 0, "unregistered": 0},
    ),
    row("a host that joins holds nothing up", "set due_s=9; leave 6; fire 10.2 away=true", classes=GONE),
)
def test_ticks(row: Row) -> None:
    row.check(Timers)


@table(
    row("a callback may be on its way for a second", "set due_s=1.99; unset 2; fire 3.09"),
    row("and no longer", "set due_s=1.99; unset 2; fire 3.1", classes=OFF, opportunities={OFF: 1}),
    row("a stop before the registration is none", "unset 0.5; set due_s=5; fire 6.1", opportunities={OFF: 0}),
    row("nor is another instance's", "set due_s=5; unset 2 away=true; fire 6.1", opportunities={OFF: 0}),
    row("it is over once", "set due_s=5; unset 2; fire 6.1; unset 7", classes=OFF, opportunities={OFF: 1}),
    row("a callback may be on its way at the end of its life", "set period_s=3 ttl_s=4.98; fire 2.1 5.11 8.12"),
    row("but not two", "set period_s=3 ttl_s=4.97; fire 2.1 5.11 8.12", classes=OVER),
    row("repetitions end it", "set period_s=3 repetitions=2 ttl_s=30; fire 2.1 5.12 8.14 11.16", classes=OVER),
    row("so does its life", "set period_s=3 repetitions=9 ttl_s=3; fire 2.1 5.12 8.14 11.16", classes=OVER),
    row(
        "a callback that failed is no repetition",
        "set period_s=3 repetitions=2; fire 2.1 8.14; fire 5.12 completed=false",
    ),
    row(
        "those that did not fail are counted",
        "set period_s=3 repetitions=2; fire 2.1 8.14 11.16; fire 5.12 completed=false",
        classes=OVER,
    ),
    row("what was on its way in a fault is not judged", "set; struck 2.5 3; fire 2.1 9"),
    row("a callback may be on its way when its actor leaves", "set due_s=9; leave 10; fire 11 away=true"),
    row("for a second", "set due_s=9; leave 10; fire 11.01 away=true", classes=GONE, opportunities={GONE: 1}),
    row(
        "however soon the run ends then",
        'set due_s=9; set due_s=9 name="u"; leave 10; fire 11.01 away=true; fire 11.01 away=true name="u"',
        end_s=12.0,
        classes={GONE: 2},
        opportunities={GONE: 2},
        evidence={"deactivated": 0},
    ),
)
def test_ends(row: Row) -> None:
    row.check(Timers)


@table(
    *(
        row(
            f"registered again with data of {second}: {fires or 'no further'}",
            f'set period_s=1 data="one"; set 4 due_s=5 data="{second}"; fire 2.1 data="one"; {fires}',
            classes=found,
        )
        for second, fires, found in (
            ("two", 'fire 3.1 data="one"; fire 9.1 data="two"', {}),
            ("two", 'fire 3.15 4.2 data="one"; fire 9.1 data="two"', {}),  # on its way already
            ("two", 'fire 3.15 6.5 data="one"; fire 9.1 data="two"', OFF),
            ("two", 'fire 3.15 data="one"', "missed"),
            ("two", 'fire 0.5 data="none"; fire 3.15 data="one"; fire 9.1 data="two"', STRANGE),
            ("two", 'fire 3.15 data="one"; fire 7 data="none"; fire 9.1 data="two"', STRANGE | {OVER: 1}),
            ("two", 'fire 3.15 data="one"; fire 5 data="two"', "early"),
            ("one", 'fire 3.15 9.1 data="one"', {}),
            ("one", 'fire 3.15 data="one"', "missed"),
            ("one", 'fire 3.15 6.5 9.1 data="one"', OFF),
        )
    )
)
def test_a_timer_that_is_registered_again_is_judged_by_what_each_registration_promises(row: Row) -> None:
    row.check(Timers)


ENDED = "set period_s=2 repetitions=1; fire 2.1 for_s=1.1"  # it ended at 3.2; one more was due at 5.2


@table(
    row(
        "a callback of 0.19 s is not slow",
        "set period_s=1 repetitions=2; fire 2.1 for_s=0.19; fire 3.39",
        evidence={"after_slow_callbacks": 0},
    ),
    row(
        "one of 0.2 s is",
        "set period_s=1 repetitions=2; fire 2.1 for_s=0.2; fire 3.4",
        evidence={"after_slow_callbacks": 1},
    ),
    row("an end is seen a second after one tick more was due", ENDED, end_s=6.2, evidence={"ended": 1}),
    row("not before", ENDED, end_s=6.19, evidence={"ended": 0}),
    row("while its instance is there", f"{ENDED}; leave 6.2", evidence={"ended": 1}),
    row("not when it has left", f"{ENDED}; leave 6.19", evidence={"ended": 0}),
    row("in calm", f"{ENDED}; struck 6 7", evidence={"ended": 0}),
    row("behind a slow call when a second was free", f"{ENDED}; ping 4 8", end_s=9.2, evidence={"ended": 1}),
    row("not sooner", f"{ENDED}; ping 4 8", end_s=9.19, evidence={"ended": 0}),
    row("what fires once has no end to show", "set; fire 2.1", evidence={"ended": 0}, opportunities={OVER: 1}),
    row(
        "a stop is shown by the tick that does not come",
        "set period_s=3.1; fire 2.1; unset 3",
        end_s=7.19,
        evidence={"unregistered": 1},
    ),
    row("within its life", "set period_s=3.1 ttl_s=9; fire 2.1; unset 3", evidence={"unregistered": 1}),
    row("once it would have", "set period_s=3.1; fire 2.1; unset 3", end_s=7.18, evidence={"unregistered": 0}),
    row(
        "what its life had ended before",
        "set period_s=2 ttl_s=1.5; fire 2.1; unset 6",
        end_s=20.0,
        evidence={"unregistered": 0},
    ),
    row("so it is for the first", "set due_s=8 period_s=3.1; unset 3", end_s=10.09, evidence={"unregistered": 1}),
    row("once it, too, would have", "set due_s=8 period_s=3.1; unset 3", end_s=10.08, evidence={"unregistered": 0}),
    row(
        "to stop what was over shows nothing",
        "set; fire 2.1; unset 3",
        evidence={"unregistered": 0},
        opportunities={OFF: 1},
    ),
    row(
        "a tick on its way to the end of the run shows nothing",
        "set due_s=5; fire 6.1",
        end_s=8.0,
        evidence={"ticks": 0},
    ),
    row(
        "a deactivation is shown by the tick that does not come",
        "set due_s=11; leave 10",
        end_s=15.09,
        evidence={"deactivated": 1},
        opportunities={GONE: 1},
    ),
    row("or after a callback that goes on", "set period_s=3; hang 2.1; leave 6", evidence={"deactivated": 1}),
    row("a budget after it was due", "set due_s=11; leave 10", end_s=15.08, evidence={"deactivated": 0}),
    row(
        "due from the last callback on", "set period_s=3; fire 2.1 5.12; leave 6", end_s=11, evidence={"deactivated": 0}
    ),
    row("and after the actor left", "set period_s=1; fire 2.1; leave 5", end_s=8.0, evidence={"deactivated": 1}),
    row("not before that", "set period_s=1; fire 2.1; leave 5", end_s=7.99, evidence={"deactivated": 0}),
    row(
        "when nobody stopped it until then",
        "set due_s=11; leave 10; unset 15.09 away=true",
        evidence={"deactivated": 1},
    ),
    row("else not", "set due_s=11; leave 10; unset 15.08 away=true", evidence={"deactivated": 0}),
    row("what had nothing left shows nothing", "set; fire 2.1; leave 10", evidence={"deactivated": 0}),
    row(
        "every kind",
        "set period_s=2; fire 2.1 for_s=0.3; fire 4.5 completed=false; fire 6.6 8.7 10.8; unset 12;"
        'set 20 name="counted" period_s=1 repetitions=2; fire 21.1 22.2 name="counted";'
        'set 30 name="gone" due_s=10; leave 35',
        evidence={
            "ticks": 6,
            "after_failures": 1,
            "after_slow_callbacks": 1,
            "unregistered": 1,
            "ended": 1,
            "deactivated": 1,
        },
    ),
)
def test_evidence(row: Row) -> None:
    row.check(Timers)


# A callback 10 s after the deactivation at 20 s; a wake is 15 s long.
LATE = "set due_s=25; leave 20; fire 30 away=true"


@table(
    row("a machine that stood still", "set; stall 4", doubts=("missed",)),
    row("a wall clock that stepped", "set due_s=5; step 3; fire 3.5", doubts=("early",)),
    row(
        "clocks and a period",
        "set period_s=3; fire 2.1 for_s=0.9; fire 5.2; step 4; stall 8.5",
        end_s=8.6,
        doubts=(SOON,),
    ),
    row(
        "clocks and a stop",
        "set period_s=3; fire 2.1 for_s=0.9; unset 3.05; fire 6.02; step 4; stall 8.5",
        end_s=8.6,
        doubts=(OFF,),
    ),
    row(
        "clocks and a leave",
        "set period_s=3; fire 2.1 for_s=0.9; leave 3; fire 5.2 away=true; step 4; stall 8.5",
        end_s=8.6,
        doubts=(GONE,),
    ),
    row(
        "messages that were held up",
        'set due_s=9; struck 9.5 20 units=["host-1/app"]; ping 15 15.1 away=true;fire 21 away=true',
        doubts=(GONE,),
    ),
    *(
        row(f"held up by {fault}", f"{LATE}; struck {fault}", doubts=(GONE,))
        for fault in (
            "11 12",
            "2 5",
            "30 31",
            '25 26 verb="kill" units=["scheduler-0"]',
            '25 26 verb="kill" units=["host-2/app","scheduler-0"]',
            '25 26 verb="kill" units=[]',
        )
    ),
    *(
        row(f"not held up by {fault}", f"{LATE}; struck {fault}", classes=GONE)
        for fault in (
            "2 3",
            "2 4.99",
            "30.01 31",
            '25 26 verb="kill"',
            '25 26 verb="remove" units=["host-2/app","host-2/sidecar"]',
        )
    ),
)
def test_what_time_and_faults_make_a_doubt(row: Row) -> None:
    row.check(Timers)


CALLED = "set period_s=1; ping {} {}; fire 5; leave {}"


@table(
    row(
        "kept",
        f"set period_s=1; fire {' '.join(f'{2.1 + 1.02 * k:.2f}' for k in range(20))}",
        end_s=23.0,
        figures={KEPT: 1, COLLECTED: 0},
    ),
    row("collected", "set period_s=1; fire 2.1 3.12 4.14; leave 5.2", figures={KEPT: 0, COLLECTED: 1}),
    row(
        "kept from a second after the idle time-out on",
        'set period_s=1; set name="u"; fire 6.1; fire 2.1 name="u"',
        classes={"missed": 1},
        figures={KEPT: 1},
    ),
    row(
        "not before",
        'set period_s=1; set name="u"; fire 6.09; fire 2.1 name="u"',
        classes={"missed": 1},
        figures={KEPT: 0},
    ),
    row("called shortly before", CALLED.format(4.9, 5.0, 6.9), figures={COLLECTED: 0}),
    row("called less shortly", CALLED.format(4.89, 4.99, 6.9), figures={COLLECTED: 1}),
    row("soon after the callback", CALLED.format(1.1, 1.2, 6.99), figures={COLLECTED: 1}),
    row("half the time-out after it", CALLED.format(1.1, 1.2, 7.0), figures={COLLECTED: 0}),
    row("at its start", CALLED.format(1.1, 1.2, 5.0), figures={COLLECTED: 1}),
    row("before it", CALLED.format(1.1, 1.2, 4.99), figures={COLLECTED: 0}),
    row("in a fault", f"{CALLED.format(1.1, 1.2, 6.9)}; struck 6 7", figures={COLLECTED: 0}),
    row("before a fault", f"{CALLED.format(1.1, 1.2, 6.9)}; struck 7 8", figures={COLLECTED: 1}),
)
def test_whether_timers_keep_an_actor_active_is_a_figure(row: Row) -> None:
    verdict = Timers(idle_timeout_s=4.0).tell(row.told).verdict(end_s=row.end_s)
    said = {figure.name: figure.value for figure in verdict.figures}
    assert {name: said[name] for name in row.figures} == row.figures


def test_a_call_that_never_ended_keeps_its_actor_itself() -> None:
    scene = told("set period_s=1; fire 30", idle_timeout_s=4.0)
    scene.turn(T, scene.one, 1.5, None)
    assert {figure.name: figure.value for figure in scene.verdict().figures}[KEPT] == 0


@pytest.mark.parametrize(
    ("text", "summaries", "events_s", "span"),
    [
        (
            "set due_s=2 period_s=1 repetitions=2; fire 2.11 3.21",
            ["timer t fired 900 ms before its tick can be due, 2 times"],
            [(1.01, "register t, completed"), (2.11, "timer turn, completed")],
            ("not due before", 2.11, 3.01),
        ),
        (
            "set period_s=1 repetitions=4; fire 2.1 3.3 4.4 for_s=0.5; fire 6",  # 300 and 400 ms early
            [f"timer t fired 400 ms before its period was over, {COUNTED}; 2 of 3 times"],
            [(1.01, "register t, completed"), (3.3, "timer turn, completed"), (4.4, "timer turn, completed")],
            ("period", 3.8, 4.8),
        ),
        (
            "set period_s=1 repetitions=3; fire 2.1 8",
            [f"tick 2 of timer t {NOT_SERVED}; it came later", f"tick 3 of timer t {NOT_SERVED}"],
            [(1.01, "register t, completed"), (2.1, "timer turn, completed"), (8.0, "timer turn, completed")],
            ("tick 2 due", 3.11, 6.11),
        ),
        (
            "set period_s=3; unset 1.5; fire 2.1 5.2 8.3",
            ["timer t fired 2 times after it was unregistered, first 3.6 s later"],
            [(1.01, "register t, completed"), (1.51, "unregister"), (5.2, "timer turn, completed")],
            ("over", 1.59, 5.2),
        ),
        (
            "set period_s=5; fire 2.1; leave 6; fire 6.5 8 13 away=true",
            [f"timer t fired 2 times {ELSEWHERE}, first 2.0 s after its deactivation"],
            [(1.01, "register t, completed"), (6.0, "deactivated"), (8.0, "timer turn, completed")],
            ("not active", 6.0, 8.0),
        ),
    ],
)
def test_what_is_said_and_drawn_of_a_violation(
    text: str, summaries: list[str], events_s: list[tuple[float, str]], span: tuple[str, float, float]
) -> None:
    violations = told(text).verdict().violations
    assert [violation.summary for violation in violations] == summaries
    first = violations[0]
    assert [(event.t_ns, event.label) for event in first.events] == [(ns(at_s), label) for at_s, label in events_s]
    label, from_s, to_s = span
    assert (first.spans[-1].label, first.spans[-1].start_ns, first.spans[-1].end_ns) == (label, ns(from_s), ns(to_s))
    assert first.at_ns == ns(from_s if label.startswith("tick") else events_s[-1][0])


def test_a_callback_that_goes_on_is_drawn_to_the_end() -> None:
    (violation,) = told("set data=1; hang 2.1 data=2").verdict().violations
    assert [(span.start_ns, span.end_ns) for span in violation.spans] == [(ns(1.01), ns(1.09)), (ns(2.1), ns(60.0))]
    open_ended = told("set data=1; hang 2.1 data=2")
    open_ended.phase("final", 2.0)
    (violation,) = verdict_on(open_ended.timeline(), free("timers")).violations
    assert violation.spans[-1].end_ns == ns(2.1)


def test_a_fault_is_the_trigger_of_what_happens_while_it_goes_on() -> None:
    verdict = told('set data=1; cut 2 3 link="host-1>app"; fire 2.1 data=2').verdict()
    assert [violation.trigger for violation in verdict.violations] == ["cut host>app"]


def test_of_several_registrations_one_is_told() -> None:
    scene = Timers()
    op = register(scene, scene.one, 1.0, data=1)
    scene.turn(T, scene.two, 1.2, 1.3, op=op, name="start")
    (violation,) = scene.tell(f'fire 2.1 data=1; fire 3.1 data="{"x" * 90}"; fire 4.1 data=3').verdict().violations
    assert ([event.t_ns for event in violation.events], violation.at_ns) == ([ns(1.01), ns(3.1)], ns(3.1))
    assert violation.summary == f'timer t carried "{"x" * 79} instead of what was registered, 2 of 3 times'


def test_a_callback_that_is_lost_is_told_where_it_was_lost() -> None:
    scene = told('set period_s=5; fire 2.1; fire 7.2 callback=""; fire 12.3 callback="tock"')
    scene.turn(T, scene.one, 17.4, 17.5, cause="timer", name="t", callback=None)
    home, away = scene.tell('leave 20; fire 20.5 away=true; fire 20.8 away=true callback=""').verdict().violations
    lost = "timer t names '' as its callback instead of 'tick', {} times"
    assert (home.anomaly, home.summary, home.at_ns) == ("callback lost", lost.format("2 of 4"), ns(7.2))
    assert (away.anomaly, away.summary, away.at_ns) == ("callback lost elsewhere", lost.format("1 of 2"), ns(20.8))
    assert [event.t_ns for event in home.events] == [ns(1.01), ns(7.2)]


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        (
            (
                'set due_s=9; set due_s=9 name="u"; struck 11.5 12 units=["host-1/app"]; leave 10;'
                'fire 15 away=true; fire 15 away=true name="u"'
            ),
            f"2 timers that fired after deactivation while messages were held up (if so: {GONE})",
        ),
        (
            'set; set name="u"; stall 4',
            "2 times that can't be trusted, since the machine stood still or its clock stepped (if so: missed)",
        ),
    ],
)
def test_every_doubt_is_counted(text: str, doubt: str) -> None:
    assert [str(each) for each in told(text).verdict().doubts] == [doubt]


def test_everything_is_counted_over_all_timers() -> None:
    scene = Timers()
    for name in ("a", "b"):
        scene.set(name=name, period_s=1.0, repetitions=9)
        scene.set(name=f"{name}, ended", period_s=1.0, repetitions=2)
        scene.set(name=f"{name}, gone", due_s=30.0)
        scene.fire(2.1, 3.2, name=name)
        scene.fire(2.1, 3.2, name=f"{name}, ended")
        scene.unset(4.0, name=name)
    verdict = scene.tell("leave 20").verdict()
    assert {each.name: each.have for each in verdict.evidence if each.have} == {
        "ticks": 4,
        "unregistered": 2,
        "ended": 2,
        "deactivated": 2,
    }
    assert dict(verdict.opportunities) == {
        "payload changed": 4,
        "callback lost": 4,
        "callback lost elsewhere": 0,
        "early": 4,
        SOON: 4,
        "missed": 4,
        OFF: 2,
        OVER: 6,
        GONE: 2,
    }


def test_every_timer_that_fires_on_after_its_application_died_is_told() -> None:
    scene = told('set due_s=9; set due_s=9 name="u"; died 4')
    again = scene.app("host-1", 5.0, sidecar=False)
    for name in ("t", "u"):
        fire(scene, again, 10.1, name=name)
    assert dict(scene.verdict().classes) == {"fired after its application died": 2}


@pytest.mark.parametrize("completed", [True, False])
def test_a_stop_counts_when_it_completed_after_the_registration(*, completed: bool) -> None:
    scene = told("set due_s=5")
    sent_s, turn_s = (1.05, (1.09, 1.2)) if completed else (2.0, (2.01, 2.09))
    op = scene.operation(T, sent_s, sent_s + 0.3, name="stop", args={"name": "t"})
    scene.turn(T, scene.one, *turn_s, op=op, name="stop", completed=completed)
    verdict = scene.tell("fire 6.1").verdict()
    assert (dict(verdict.classes), verdict.opportunities.get(OFF, 0)) == ({}, 0)


def test_a_host_that_joins_holds_nothing_up() -> None:
    scene = told("set due_s=9; leave 6; fire 10.2 away=true")
    scene.fault("add", "host-2", 5.0, 30.0, units=["host-2/app", "host-2/sidecar"])
    assert set(scene.verdict().classes) == {GONE}


def test_a_history_with_a_gap_proves_only_payloads() -> None:
    scene = told('set due_s=20 data=1; fire 2 data=2 callback=""')
    scene.close(60.0)
    events = scene.events()
    assert "early" in verdict_on(Timeline(events), free("timers")).classes
    answered = next(at for at, event in enumerate(events) if isinstance(event, ev.Completed))
    verdict = verdict_on(Timeline(leave_out(events, answered.__eq__)), free("timers"))
    assert set(verdict.classes) == {"payload changed", "callback lost"}
    assert any("gaps" in why for why in verdict.missing)


def test_a_run_that_was_not_closed_proves_no_miss() -> None:
    scene = told('set; set name="u"')
    scene.phase("final", 60.0)
    assert verdict_on(scene.timeline(), free("timers")).missing == (
        "no turn serves a due tick, but the history isn't whole: 2 times",
        "the history has gaps or was not closed: a turn that is missing proves nothing",
    )


def test_what_is_not_understood_is_told() -> None:
    scene = Timers()
    for name, args in (
        ("start", {"name": "t"}),
        ("stop", {}),
        ("start", {"name": "u", "due_s": 1, "period_s": 0.001}),
        ("start", {"name": "u", "due_s": 1, "repetitions": 0}),
    ):
        scene.operation(T, 1.0, 1.1, name=name, args=args)
    verdict = scene.tell('set 2 name="twice"; set 3 name="twice"').verdict()
    assert verdict.outcome is Outcome.UNKNOWN
    assert len([why for why in verdict.missing if "can't be read" in why]) == 2
    assert any("too small" in why for why in verdict.missing)
    assert any("what no repetitions mean" in why for why in verdict.missing)
    assert any("registered twice" in why for why in verdict.missing)
    assert {figure.name: figure.value for figure in verdict.figures}["timers not judged"] == 1


@pytest.mark.parametrize(
    ("due_s", "period_s", "judged"),
    [(0, None, True), (-1, None, False), (1, 0, True), (1, 0.009, False), (1, 0.01, True), (1, -1, False)],
)
def test_times_that_are_too_small_to_be_judged_are_told(due_s: int, period_s: float | None, *, judged: bool) -> None:
    scene = Timers()
    scene.operation(T, 1.0, 1.1, name="start", args={"name": "u", "due_s": due_s, "period_s": period_s})
    assert any("too small" in why for why in scene.verdict().missing) is not judged


def test_figures_of_a_history_without_timers_or_a_described_run() -> None:
    scene = told("ping 1 2")
    scene.close(60.0)
    events = [event for event in scene.events() if not isinstance(event, ev.RunStarted)]
    verdict = verdict_on(Timeline(events, numbered=False), free("timers"))
    assert {figure.value for figure in verdict.figures} == {0}
    assert {figure.unit for figure in verdict.figures} == {"", "ms"}


def test_a_payload_that_is_no_json_is_another() -> None:
    scene = told("set")
    how = {"instance": 1, "cause": "timer", "name": "t", "op": None, "chain": None, "data": "{", "callback": "tick"}
    scene.add(ev.TurnStarted, 2.1, process=scene.one, turn="odd", actor=T, **how)
    scene.add(ev.TurnEnded, 2.2, process=scene.one, turn="odd", completed=True, result="null")
    assert dict(scene.verdict().classes) == {"payload changed": 1}


def test_what_comes_after_an_answer_that_cancels_is_neither_wanted_nor_forbidden() -> None:
    scene = told("set due_s=1 period_s=5 repetitions=3")
    for at_s in (2.1, 3.1, 4.1, 5.1):
        scene.turn(T, scene.one, at_s, at_s + 0.01, cause="timer", name="t", callback="tick", cancels=True)
    assert not scene.verdict().violations


class OfOthers(Scene):
    """Timers that an application of others registers in its turns: due after 1 s, then every 2 s."""

    guarantee, actor = "timers", "Cart/1"

    def set(self, at_s: float, *, away: bool = False, outcome: ev.Outcome = "ok") -> None:
        process = self.two if away else self.one
        turn = self.turn(self.actor, process, at_s, at_s + 0.2, name="add")
        args = {"due_s": 1.0, "period_s": 2.0, "repetitions": None, "ttl_s": None, "data": None, "callback": "tick"}
        how: dict[str, Any] = {"action": "register-timer", "name": "t", "args": args, "client": turn}
        self.operation(self.actor, at_s + 0.05, at_s + 0.1, outcome=outcome, process=process, **how)

    def unset(self, at_s: float) -> None:
        turn = self.turn(self.actor, self.one, at_s, at_s + 0.2, name="pay")
        how: dict[str, Any] = {"action": "unregister-timer", "name": "t", "client": turn}
        self.operation(self.actor, at_s + 0.05, at_s + 0.1, process=self.one, **how)

    def fire(self, *at_s: float, away: bool = False) -> None:
        for each in at_s:
            process = self.two if away else self.one
            self.turn(self.actor, process, each, each + 0.01, cause="timer", name="t", callback="tick")


@pytest.mark.parametrize(
    ("text", "registered", "classes"),
    [
        ("set 1; fire 2.1 4.2 6.3; leave 7; set 8 away=true; fire 9.1 11.2 away=true; gone 12", 2, {}),
        ("set 1; fire 2.1", 1, {"missed"}),
        ("set 1; fire 2.1; unset 3", 1, {}),
        ('set 1 outcome="info"', 1, set()),  # refused
    ],
)
def test_timers_of_others_are_judged_by_instance(text: str, registered: int, classes: set[str]) -> None:
    scene = OfOthers(subject="application").tell(text.replace("; gone 12", ""))
    if "gone" in text:
        scene.add(ev.Deactivated, 12.0, process=scene.two, actor=scene.actor, instance=1)
    verdict = scene.verdict()
    assert set(verdict.classes) == set(classes)
    assert verdict.missing == ()
    assert {figure.name: figure.value for figure in verdict.figures}["timers registered"] == registered


def test_what_was_asked_for_in_no_known_turn_is_not_judged() -> None:
    scene = OfOthers(subject="application").tell("set 1")
    asked: dict[str, Any] = {"actor": scene.actor, "what": "unregister-timer", "name": "t", "open": 2}
    scene.add(ev.Unattributed, 1.5, process=scene.one, **asked)
    verdict = scene.verdict()
    assert verdict.outcome is Outcome.HOLDS
    assert {figure.name: figure.value for figure in verdict.figures}["timers not judged"] == 1
