"""What the verdict on reminders says at the boundaries of its rules, and in which words."""

from __future__ import annotations

import random
from typing import Any

import pytest

from actorproof.harness.history import events as ev
from actorproof.harness.session.scenario import Setting
from actorproof.harness.workload.step import Wait
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import Timeline
from actorproof.scenarios.registry import scenarios
from tests.properties.builder import ns
from tests.properties.case import Case
from tests.properties.reminders.parts import R, fire, register, unregister
from tests.properties.scene import Row, Scene, row, table
from tests.properties.terms import free, verdict_on

OFF = "fired after unregister"
OVER = "beyond its end"
DROPPED = "dropped after failed deliveries"
REFUSED = "reminder tick of Recorder/a fired although its registration was refused"
NOT_SERVED = "1 tick not served, and the run ended before the time was up"


class Reminders(Scene):
    """One actor's reminder, by default due 2 s after it was registered in the 0.1 s from 1 s on."""

    guarantee, actor, end_s = "reminders", R, 300.0

    def set(self, from_s: float = 1.0, to_s: float | None = None, *, answered: bool = True, **how: Any) -> None:
        register(self, from_s, (to_s or from_s + 0.1) if answered else None, **how)

    def unset(self, from_s: float, to_s: float | None = None, **how: Any) -> None:
        unregister(self, from_s, to_s or from_s + 0.1, **how)

    def fire(self, *at_s: float, away: bool = False, **how: Any) -> None:
        for each in at_s:
            fire(self, self.two if away else self.one, each, **how)

    def fail(self, *at_s: float) -> None:
        """Deliveries that the application did not complete."""
        self.fire(*at_s, completed=False)

    def hang(self, at_s: float) -> None:
        """A delivery that goes on."""
        self.turn(R, self.one, at_s, None, cause="reminder", name="tick")

    def cancel(self, *at_s: float) -> None:
        """Deliveries whose answer asks for no more."""
        for each in at_s:
            self.turn(R, self.one, each, each + 0.01, cause="reminder", name="tick", cancels=True)

    def lost(self, at_s: float, unit: str = "host-1") -> None:
        """A fault kills a host's application, or another unit, for two seconds."""
        units = ["host-1/app"] if unit == "host-1" else [unit]
        self.fault("kill", unit, at_s, at_s + 2.0, units=units)
        self.kill(units[0], at_s)

    def ends(self, healed_s: float, end_s: float) -> Verdict:
        """The verdict of a run that was healed some time before its end."""
        self.phase("healed", healed_s)
        for phase in ("quiet", "final", "closed"):
            self.phase(phase, end_s)
        return self.so_far()


def told(text: str) -> Reminders:
    return Reminders().tell(text)


def evidence(verdict: Verdict) -> dict[str, int]:
    return {item.name: item.have for item in verdict.evidence if item.have}


def figures(verdict: Verdict) -> dict[str, float]:
    return {figure.name: figure.value for figure in verdict.figures}


CUT = 'cut {} {} link="hosts>scheduler-0"'


@table(
    row("the first firing may be early by a slack", "set; fire 2.95 3.2"),
    row("and no more", "set; fire 2.949 3.2", classes="early"),
    row("the first tick is served however early", "set; fire 1.5", classes="early"),
    row("an unanswered registration can be early but never missed", "set answered=false; fire 2", classes="early"),
    row("a later tick may come a second before it is due", "set period_s=10 repetitions=2; fire 3.2 12"),
    row("not sooner", "set period_s=10 repetitions=2; fire 3.2 11.99", classes="missed"),
    row("a tick may come just when its time is up", "set; fire 48.1"),
    row("not later", "set; fire 48.11", classes="missed"),
    row("it is missed when its time was up before the run was", "set", end_s=48.1, classes="missed"),
    row("not otherwise", "set", end_s=48.09, missing=(NOT_SERVED,)),
    row("a tick due for a second when the run ended is undecided", "set", end_s=4.1, missing=(NOT_SERVED,)),
    row("one due for less is nothing", "set", end_s=4.0, outcome=Outcome.HOLDS),
    row("a deadline moves with faults that touch it", f"set; {CUT.format(40, 80)}; fire 124", outcome=Outcome.HOLDS),
    row("a crash is a disturbance", "set; crash 2"),
    row("a tick due when it was unregistered is not wanted", "set; unset 10", outcome=Outcome.HOLDS),
    row("it is wanted to the instant before", "set; unset 48.1"),
    row("and after it", "set; unset 48.100000001", classes="missed"),
    row("a refused unregistration changes nothing", 'set; unset 1.5 outcome="fail"', classes="missed"),
    row("an open turn may still complete", "set; hang 3.05"),
    row("a firing that goes on may serve any tick", "set period_s=1 repetitions=3; fire 3.2 4.2; hang 5.2"),
    row("a late turn stands for one missed tick", "set; fire 90 95", classes={"missed": 1, OVER: 1}),
    row("every late turn for one", "set period_s=1 repetitions=2; fire 90 95", classes={"missed": 2}),
    row("a tick may be delivered once more", "set; fire 3.15 13.1", limits={"redelivery_s": 10.0}),
    row(
        "for a while",
        "set; fire 3.15 13.2",
        limits={"redelivery_s": 10.0},
        classes=OVER,
        says="after its last tick, first 0.1 s",
    ),
    row("after an unregistration there is a slack", "set; unset 1.9 2; fire 3.2", limits={"unregister_slack_s": 1.0}),
    row(
        "to an instant",
        "set; unset 1.9 1.999999999; fire 3.2 4.2",
        limits={"unregister_slack_s": 1.0},
        classes=OFF,
        says="fired 2 times after it was unregistered, first 1.2 s later",
    ),
    row("what has no tick", "set ttl_s=-1; fire 3.2", classes=OVER, says="though it has none, first 2.2 s later"),
    row("a turn before the unregistration is none after it", "set; fire 2; unset 2.1", classes="early"),
    row("nor is one that comes once more", "set period_s=20 repetitions=3; fire 3.2 9; unset 9.5"),
    row("unregistering what was over is not its end", "set; fire 3.2; unset 20; fire 40", classes=OVER),
    row(
        "what was cancelled may not fire after it was unregistered",
        "set period_s=2 repetitions=30; cancel 3.1; unset 3.4; fire 60",
        classes=OFF,
    ),
    row(
        "after an answer that cancels nothing is wanted or forbidden",
        "set period_s=2 repetitions=3; cancel 3.1 4.1 30",
        figures={"firings after an answer that cancels": 2},
    ),
    row(
        "no repetitions are not wanted",
        "set period_s=1 repetitions=0",
        outcome=Outcome.HOLDS,
        evidence={"due_ticks": 0, "served_ticks": 0},
    ),
    row(
        "nor forbidden",
        f"set period_s=1 repetitions=0; fire {' '.join(f'{3.05 + k:.2f}' for k in range(23))}",
        outcome=Outcome.HOLDS,
    ),
    *(
        row(
            f"either reading of a time to live of {ttl_s} s: {turns}",
            f"set period_s=2 ttl_s={ttl_s}; fire {' '.join(f'{3.12 + 2 * k:.2f}' for k in range(turns))}",
            outcome=Outcome.HOLDS,
        )
        for ttl_s, turns in ((2.0, 1), (3.0, 1), (3.0, 2), (5.0, 2), (5.0, 3))
    ),
    *(
        row(
            f"how often a period of {period_s} fires is a figure",
            f"set period_s={period_s}; fire {' '.join(f'{3.1 + k:.1f}' for k in range(20))}",
            outcome=Outcome.HOLDS,
            figures={"firings with a period of zero": 20, "duplicate firings": 0},
        )
        for period_s in (0, 0.0)
    ),
)
def test_ticks(row: Row) -> None:
    row.check(Reminders)


@table(
    row(
        "failed deliveries count in a row",
        "set period_s=1 repetitions=3; fail 3.2 3.3 3.4; fire 4.4 5.4",
        classes=DROPPED,
        limits={"deliveries": 3},
    ),
    row(
        "not else",
        "set period_s=1 repetitions=3; fail 3.2 4.4 4.5; fire 4.3 5.6",
        classes="missed",
        limits={"deliveries": 3},
    ),
    row("the last in time", "set; fail 5 10 15 48.1", classes=DROPPED),
    row("not after it", "set; fail 5 10 15 48.11", classes="missed"),
    row("nor long after", "set; fail 5 10 15 60", classes="missed"),
    row("not when all came after it", "set; fail 60 61 62 63", classes="missed"),
    row(
        "they drop one tick", "set period_s=100 repetitions=2; fail 3.2 4.2 5.2 6.2", classes={DROPPED: 1, "missed": 1}
    ),
    row("one that was killed failed", "set; fail 3.2 4.2 5.2; hang 6.2; died 7", classes=DROPPED),
    row(
        "one between them that served breaks the row",
        "set period_s=2 repetitions=2; fail 3.2 3.4 5.2 5.4; fire 3.6",
        classes="missed",
    ),
    row(
        "only a tick whose deliveries all failed could have been dropped",
        "set; fail 3.2 4.2 5.2; fire 10",
        opportunities={DROPPED: 0},
    ),
    row("four of them are all", "set; fail 3.2 4.2 5.2 6.2; fire 10", opportunities={DROPPED: 1}),
)
def test_failed_deliveries(row: Row) -> None:
    row.check(Reminders)


AGAIN = 'set due_s=2 period_s=2 repetitions=50 data="first"; fire 3.1 data="first"; set 4 due_s=6 data="second"; '
AT_ONCE = "reminder tick of Recorder/a was registered twice at the same time and never fired: it is not judged"
ALIKE = "set due_s=2 period_s=2 repetitions=50; fire {}; set 4 4.1 due_s={}"


@table(
    row(
        "each is judged by its own",
        f'{AGAIN}fire 4.2 data="first"; fire 10.1 data="second"',
        outcome=Outcome.HOLDS,
        figures={"reminders registered": 2},
    ),  # the second firing was on its way already
    row("the first goes on", f'{AGAIN}fire 10.1 data="second"; fire 30 32 data="first"', classes=OFF),
    row("the second is early", f'{AGAIN}fire 6 data="second"', classes="early"),
    row("the second is missed", AGAIN, classes="missed"),
    row("neither is carried", f'{AGAIN}fire 10.1 data="third"', classes="payload changed"),
    row(
        "it is wanted again after it was unregistered",
        'set due_s=9 data="first"; unset 2; set 4 data="second"',
        classes="missed",
    ),
    row(
        "a second registration that nobody answered may have ended the first",
        'set period_s=2 repetitions=3 data="first"; fire 3.1 data="first"; set 4 answered=false data="second"',
    ),
    row("alike: on its way", ALIKE.format("3.1 4.2 10.1", 6)),
    row("alike: delivered once more", ALIKE.format("3.1 10.1 10.2", 6)),
    row("alike: missed", ALIKE.format("3.1 4.2", 6), classes="missed"),
    row("alike: beyond its end", ALIKE.format("3.1 10.1 40 42", 6), classes=OVER),
    row("alike: after its end", ALIKE.format("3.1 4.2 30 44.1", 40), classes=OFF, says="after it was replaced"),
    row(
        "at the same time whichever stands has to fire",
        "set 1 5.1; set 5 5.2; fire 7.1",
        outcome=Outcome.HOLDS,
        missing=(),
        figures={"of those, at the same time as another of their name": 2},
    ),
    row(
        "nor is one that it was tried to unregister",
        'set 1 5.1; set 5 5.2; unset 6 outcome="fail"',
        outcome=Outcome.UNKNOWN,
        missing=(AT_ONCE,),
    ),
    row(
        "else none is judged",
        "set 1 5.1; set 5 5.2",
        outcome=Outcome.UNKNOWN,
        missing=(AT_ONCE,),
    ),
)
def test_a_name_that_is_registered_again_is_judged_by_what_each_registration_promises(row: Row) -> None:
    row.check(Reminders)


@pytest.mark.parametrize(("outcome", "missed"), [("info", 2), ("ok", 1)])
def test_a_registration_that_must_not_overwrite_ends_the_one_before_only_where_it_was_taken(
    outcome: ev.Outcome, missed: int
) -> None:
    scene = told('set period_s=2 repetitions=3 data="first"; fire 3.1 data="first"')
    args = {"due_s": 1.0, "data": "second", "overwrite": False}
    scene.operation(R, 3.3, 3.4, action="register-reminder", name="tick", args=args, outcome=outcome)
    assert dict(scene.verdict().classes) == {"missed": missed}


LATE = "a tick looks missed, but the machine stood still or its clock stepped: {}"
TWO = 'set name="a"; set name="b"; '
FIRED = 'fire {0} name="a"; fire {0} name="b"; '


@table(
    row("a stall makes a miss unknown", "set; stall 20", missing=(LATE.format("1 time"),)),
    row("a stall elsewhere does not", "set; stall 200", classes="missed"),
    row("nor one before it was due", "set period_s=10 repetitions=3; fire 3.15 13.15; stall 16", classes="missed"),
    row(
        "every miss in it is counted, those after it are told",
        'set period_s=100 repetitions=2 name="a"; set period_s=100 repetitions=2 name="b"; stall 20',
        missing=(LATE.format("2 times"),),
        classes={"missed": 2},
    ),
    row(
        "a turn after its end in a stall",
        TWO + FIRED.format("3.15 90") + "stall 60",
        missing=("a turn comes after its reminder's end, but the clocks can't be trusted there: 2 times",),
    ),
    row(
        "a step makes early turns unknown",
        TWO + FIRED.format(2.1) + "step 2",
        missing=("a turn looks early, but the clocks can't be trusted there: 2 times",),
    ),
    row("a refused registration that fires", 'set outcome="fail"; fire 3.05', missing=(REFUSED,)),
)
def test_what_clocks_leave_unknown(row: Row) -> None:
    row.check(Reminders)


def test_a_history_with_gaps_proves_no_miss() -> None:
    scene = told("set period_s=1 repetitions=3; fire 3.15")
    gone = scene.turn("Other/x", scene.one, 4.0, 5.0)
    scene.turn("Other/x", scene.one, 6.0, 7.0)
    scene.close(300.0)
    events = [e for e in scene.events() if not (isinstance(e, ev.TurnEnded) and e.turn == gone)]
    verdict = verdict_on(Timeline(events), free("reminders"))
    assert (verdict.outcome, dict(verdict.classes)) == (Outcome.UNKNOWN, {})
    assert "no turn serves a due tick, but the history isn't whole: 2 times" in verdict.missing


def test_a_run_that_was_not_closed_is_observed_to_its_last_line() -> None:
    assert told('set; unset 20; fire 40 name="another"').so_far().missing == (
        "the history has gaps or was not closed: a turn that is missing proves nothing",
    )
    later = "a turn comes after its reminder's end, but the history isn't whole: 2 times"
    assert later in told(TWO + FIRED.format("3.15 90")).so_far().missing


def test_a_run_without_its_last_phases_is_observed_until_it_was_closed() -> None:
    scene = told('set; fire 300 name="another"')
    scene.phase("healed", 2.0)
    scene.phase("closed", 10.0)
    verdict = scene.so_far()
    assert not verdict.violations
    assert NOT_SERVED in verdict.missing


def test_a_fault_without_a_heal_ends_with_the_phase() -> None:
    scene = told("set")
    scene.fault("add", "host-3", 2.0, None)
    assert dict(scene.ends(100.0, 300.0).classes) == {"missed": 1}


def test_unregistering_at_the_end_of_the_run_does_not_hide_a_tick() -> None:
    assert told("set due_s=50; unset 60").ends(40.0, 61.0).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(("stop_s", "undecided"), [(9.99, False), (10.0, True)])
def test_a_reminder_that_was_kept_until_everything_was_healed_is_undecided(stop_s: float, *, undecided: bool) -> None:
    verdict = told(f"set; unset {stop_s}").ends(10.0, 300.0)
    assert any("the time was up" in why for why in verdict.missing) is undecided


@pytest.mark.parametrize(
    ("actor", "used", "anomaly"),
    [
        ("Recorder/..", False, "id can't be addressed"),
        ("Recorder/.", False, "id can't be addressed"),
        ("Recorder/a%zz", False, "id can't be addressed"),
        ("Recorder/%", False, "id can't be addressed"),
        ("Recorder/%", True, "missed"),  # it can be called, so its id is no reason
        ("Recorder/...", False, "missed"),
        ("Recorder/a%20b", False, "missed"),
        ("Recorder/a", False, "missed"),
    ],
)
def test_an_id_that_can_not_stand_in_a_path_explains_a_miss_where_no_turn_of_it_came(
    actor: str, anomaly: str, *, used: bool
) -> None:
    scene = Reminders()
    scene.operation(actor, 1.0, 1.1, action="register-reminder", name="r", args={"due_s": 2.0, "data": "r"})
    if used:
        scene.call(actor, scene.one, 1.5, 1.6, name="ping")
    assert dict(scene.verdict().classes) == {anomaly: 1}


@pytest.mark.parametrize(
    ("data", "at_s", "own", "found"),
    [
        ("r", 3.2, False, "fired at another actor"),
        ("r", 2.95, False, "fired at another actor"),
        ("r", 2.949, False, "missed"),  # too early for it
        ("else", 3.2, False, "missed"),
        ("r", 3.2, True, "missed"),  # that one asked for a reminder of this name itself
    ],
)
def test_a_reminder_that_another_actor_got_is_told_as_that(data: str, at_s: float, found: str, *, own: bool) -> None:
    scene = Reminders()
    for actor, from_s in (("Recorder/a%2Fb", 1.0), *((("Recorder/a/b", 1.1),) if own else ())):
        args = {"due_s": 2.0, "data": "r"}
        scene.operation(actor, from_s, from_s + 0.05, action="register-reminder", name="r", args=args)
    scene.turn("Recorder/a/b", scene.one, at_s, at_s + 0.1, cause="reminder", name="r", data=data)
    assert dict(scene.verdict().classes) == {found: 1}


@pytest.mark.parametrize("args", ["{}", "no JSON", '{"due_s": -1}', '{"due_s": 1, "period_s": 0.001}'])
def test_arguments_that_cannot_be_judged_are_unknown(args: str) -> None:
    scene = Reminders()
    asked = {"op": "o", "client": "c", "via": "host-1", "actor": R, "action": "register-reminder", "name": "x"}
    scene.add(ev.Invoked, 1.0, **asked, args=args)
    scene.add(ev.Completed, 1.1, op="o", outcome="ok")
    assert scene.verdict().outcome is Outcome.UNKNOWN


def test_figures() -> None:
    assert figures(told("set period_s=5 repetitions=4; fire 3.1 8.2 8.9 13.4").verdict()) == {
        "reminders registered": 1,
        "of those, at the same time as another of their name": 0,
        "ticks due": 4,
        "ticks served": 3,
        "ticks missed": 1,
        "duplicate firings": 1,
        "firings after an answer that cancels": 0,
        "firings with a period of zero": 0,
        "lateness p50": pytest.approx(100.0),
        "lateness p99": pytest.approx(300.0),
        "lateness max": pytest.approx(300.0),
    }


USED = "ping 0.5 0.6; "
IDLE = f"{USED}leave 0.8; "
LAST = "set period_s=10 repetitions=2; fire 3.15 13.15"


@table(
    row(
        "a tick that the run did not wait for is none",
        'set due_s=270 name="unserved"; set due_s=270 name="served"; fire 271.2 name="served"',
        outcome=Outcome.UNKNOWN,
        missing=(NOT_SERVED,),
        evidence={"due_ticks": 0},
    ),
    row(
        "nor one unregistered before its deadline",
        "set; fire 3.2; unset 20",
        outcome=Outcome.HOLDS,
        evidence={"due_ticks": 0},
    ),
    row("it waits for the last tick of all", LAST, end_s=58.1, evidence={"due_ticks": 2}),
    row("to its deadline", LAST, end_s=58.0, evidence={"due_ticks": 0}),
    *(
        row(
            f"a reminder that hides a dropped tick is none{life}",
            f"set period_s=2{life}; fire {' '.join(f'{3.2 + 2 * k:.1f}' for k in range(11))}",
            end_s=60.0,
            evidence={"due_ticks": 0},
        )
        for life in ("", " ttl_s=20")
    ),
    row(
        "an actor that is never used again is idle to the end",
        f"{IDLE}set",
        classes="missed",
        evidence={"ticks_idle": 1},
    ),
    row(
        "every tick that was due while nobody held the actor",
        f"{IDLE}set period_s=10 repetitions=2",
        classes={"missed": 2},
        evidence={"ticks_idle": 2},
    ),
    row(
        "the host of the only turn before owned it when it died",
        f"{USED}set; lost 2; fire 4.5 away=true",
        evidence={"ticks_host_kill": 1},
    ),
    row(
        "an actor without turns had no host to die",
        "set; lost 2",
        classes="missed",
        evidence={"ticks_host_kill": 0},
        figures={"lateness max": 0.0},
    ),
    row(
        "opportunities are ticks",
        "set period_s=1 repetitions=5; fire 3.2 4.2 5.2 6.2",
        classes="missed",
        opportunities={"missed": 5},
    ),
)
def test_evidence(row: Row) -> None:
    row.check(Reminders)


def test_a_kill_of_another_host_is_no_evidence() -> None:
    scene = told(f"{USED}set; fire 3.2")
    scene.fault("kill", "host-2/app", 2.0, 5.0, units=["host-2/app"])
    scene.kill("host-2/app", 2.0)
    assert "ticks_host_kill" not in evidence(scene.verdict())


def test_the_host_of_a_later_turn_did_not_own_the_reminder_when_it_died() -> None:
    scene = told("set; lost 2")
    fire(scene, scene.app("host-1", 4.0, sidecar=False), 4.5)
    assert evidence(scene.verdict()) == {"due_ticks": 1, "served_ticks": 1}


def test_evidence_by_kind_of_downtime() -> None:
    scene = told(f"{IDLE}set period_s=10 repetitions=4; fire 3.15")  # after the deactivation: idle
    scene.start("scheduler-0", 0.0)
    scene.tell('lost 12 unit="scheduler-0"; fire 16')
    scene.fault("kill", "host-1", 22.0, 25.0, units=["host-1/app", "host-1/sidecar"])
    scene.tell('died 22; died 22 unit="host-1/sidecar"; fire 24 away=true')
    scene.start("store", 0.0)
    scene.tell('died 32 unit="host-2/app"; died 32.5 unit="store"')
    scene.start("store", 34.0)
    fire(scene, scene.app("host-2", 35.0, sidecar=False), 36.0)
    assert evidence(scene.verdict()) == {
        "due_ticks": 4,
        "served_ticks": 4,
        "ticks_idle": 1,
        "ticks_host_kill": 1,
        "ticks_application_kill": 1,
        "ticks_scheduler_kill": 1,
        "ticks_total_restart": 1,
    }


def test_evidence_is_counted_over_reminders() -> None:
    scene = told(IDLE)
    scene.deactivate("Recorder/nobody-used-it", scene.one, 0.8)
    scene.start("scheduler-0", 0.0)
    scene.fault("kill", "scheduler-0", 2.0, 4.0, units=["scheduler-0"])
    found = evidence(scene.tell(TWO).verdict())
    assert (found["ticks_idle"], found["ticks_scheduler_kill"]) == (2, 2)


def like_the_scenario(settle_s: float, without: int | None = None) -> Verdict:
    """Reminders through a stop of everything that heals at 20 s, left registered for a while, then unregistered."""
    scene = Reminders()
    names = ("a", "b", "c", "d")
    for name in names:
        scene.set(due_s=4.0, period_s=3.0, repetitions=6, name=name)
    scene.fault("kill", "host-1", 16.0, 20.0, units=["host-1/app", "host-1/sidecar"])
    for served, (k, name) in enumerate((k, name) for k in range(6) for name in names):
        due_s = 5.2 + 3 * k
        if served != without:
            scene.fire(21.0 if 16.0 <= due_s < 20.0 else due_s, away=due_s >= 16.0, name=name)
    for name in names:
        scene.unset(21.0 + settle_s, name=name)
    return scene.ends(20.1, 22.0 + settle_s)


@pytest.mark.parametrize("gone", range(24))
def test_any_deleted_turn_is_missed_when_the_run_waits_long_enough_and_else_unknown(gone: int) -> None:
    assert like_the_scenario(48.0, gone).classes == {"missed": 1}
    assert like_the_scenario(8.0, gone).outcome is Outcome.UNKNOWN


def test_a_whole_history_holds_and_only_the_long_wait_makes_it_evidence() -> None:
    long, short = (like_the_scenario(settle_s) for settle_s in (48.0, 8.0))
    assert (long.outcome, short.outcome) == (Outcome.HOLDS, Outcome.HOLDS)
    assert evidence(long)["due_ticks"] == 24
    assert "due_ticks" not in evidence(short)
    assert evidence(short)["served_ticks"] == evidence(long)["served_ticks"]


def test_scenarios_that_give_evidence_wait_longer_than_the_budget() -> None:
    budget_s = free("reminders").limits["reminder_budget_s"]
    # What the state machine draws is unregistered in mid-run: figures, no evidence.
    giving = [s for s in scenarios().values() if "reminders" in s.guarantees and s.plan is not None]
    assert {s.name for s in giving} >= {"reminder-failover", "total-restart"}
    for found in giving:
        setting = Setting(topology=found.topology, duration_s=1.0, pace=1.0, rng=random.Random(1))
        assert found.plan is not None
        last = found.plan(setting).steps[-1]  # some wait at the end of their plan
        waits_s = last.for_s if isinstance(last, Wait) else 0.0
        assert max(found.settle_reminders_s, waits_s) > budget_s, found.name


def test_the_trigger_is_the_fault_in_whose_wake_it_was_missed() -> None:
    verdict = verdict_on(Case("reminders/bad/missed--long-after-the-heal").timeline(), free("reminders"))
    (violation,) = verdict.violations
    assert (violation.trigger, "tick 1" in violation.summary) == ("kill scheduler", True)
    soon = told(f"set; {CUT.format(3.5, 5)}").verdict()
    assert [violation.trigger for violation in soon.violations] == ["cut hosts>scheduler"]


@pytest.mark.parametrize(
    ("text", "summaries", "events_s"),
    [
        (
            "set data=1; fire 3.15 data=1; fire 4 data=2; fire 5 data=3",
            ["reminder tick carried 2 instead of what was registered, 2 of 3 times"],
            [1.0, 1.1, 4.0],
        ),
        (
            f'set; fire 3.15; fire 4 data="{"x" * 90}"; fire 5 data=3',
            [f'reminder tick carried "{"x" * 79} instead of what was registered, 2 of 3 times'],
            [1.0, 1.1, 4.0],
        ),
        (
            "set period_s=1 ttl_s=-0.1; fire 3.05",
            ["reminder tick fired 1 time though it has none, first 2.0 s later"],
            [1.0, 1.1, 3.05],
        ),
    ],
)
def test_what_is_said_of_a_violation(text: str, summaries: list[str], events_s: list[float]) -> None:
    violations = [each for each in told(text).verdict().violations if each.anomaly != OVER or "none" in each.summary]
    assert [violation.summary for violation in violations] == summaries
    assert [event.t_ns for event in violations[0].events] == [ns(at_s) for at_s in events_s]
    assert violations[0].at_ns == ns(events_s[-1])


def test_of_missed_ticks_as_many_came_later_as_there_are_late_firings() -> None:
    violations = told("set period_s=1 repetitions=4; fire 90 95 99").verdict().violations
    assert [event.t_ns for event in violations[0].events] == [ns(1.0), ns(1.1), ns(90.0)]
    assert [violation.summary.endswith(", but later") for violation in violations] == [True, True, True, False]


def test_a_missed_tick_stands_at_its_due_time_and_a_surplus_one_at_its_own() -> None:
    assert [violation.at_ns for violation in told("set; fire 90 95").verdict().violations] == [ns(3.1), ns(95.0)]


def test_an_unanswered_registration_is_drawn_as_an_instant() -> None:
    (violation,) = told("set answered=false; fire 2").verdict().violations
    assert (violation.spans[0].start_ns, violation.spans[0].end_ns) == (ns(1.0), ns(1.0))
    assert [event.label for event in violation.events] == ["register tick", "reminder turn, completed"]


def test_a_payload_that_is_no_json_is_another() -> None:
    scene = told("set")
    odd = {"turn": "odd", "actor": R, "instance": 1, "cause": "reminder", "name": "tick", "data": "{"}
    scene.add(ev.TurnStarted, 3.2, process=scene.one, **odd)
    scene.add(ev.TurnEnded, 3.3, process=scene.one, turn="odd", completed=True)
    assert dict(scene.verdict().classes) == {"payload changed": 1}


@pytest.mark.parametrize("repetitions", [20, None])
@pytest.mark.parametrize("late_s", [0.0, 0.5])
def test_the_ticks_of_the_time_away_are_the_ones_that_were_missed(repetitions: int | None, late_s: float) -> None:
    scene = Reminders()
    scene.set(due_s=1.0, period_s=1.0, repetitions=repetitions)
    scene.fault("kill", "host-1/app", 6.5, 16.5, units=["host-1/app"])
    away = range(5, 15)
    scene.fire(*(2.05 + tick + (late_s if tick < 5 else 0.0) for tick in range(20) if tick not in away))
    verdict = scene.tell("unset 250").verdict()
    missed = [violation.summary.split()[1] for violation in verdict.violations if violation.at_ns < ns(22.0)]
    assert missed == [str(tick + 1) for tick in away]
    assert figures(verdict)["lateness max"] < 1000.0
