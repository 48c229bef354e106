"""Turns of one actor at once: how they are classed, what excuses them, and what is counted."""

from __future__ import annotations

from typing import Any

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import ns
from tests.properties.scene import Row, Story, row, rules, table
from tests.properties.terms import free, verdict_on


class Turns(Story):
    """Turns of a counter."""

    guarantee, actor, end_s = "turns", "Counter/a", 90.0

    def beginning(self, at_s: float) -> None:
        """The cluster is ready: tables before are the ones that it begins with."""
        self.phase("ready", at_s)


def judged(text: str, **run: Any) -> Verdict:
    return Turns(**run).tell(text).verdict()


# A turn of a stopped application, from 1 s to 20.2 s, and one elsewhere that begins at 12 s.
FROZEN = (
    'ran 1 20.2 turn="t1"; paused 2 20; ran 12 13 on=2 turn="t2";'
    'saved 12.1 12.2 turn="t2" commit=[12.1,12.15] value="2"'
)


@rules(
    "save outcome",
    ("committed before", "1.5 1.9 commit=[1.5,1.8]", Outcome.HOLDS),
    ("committed before, and answered after", "1.5 20.1 commit=[1.5,11.9]", Outcome.HOLDS),
    ("committed as the other begins", "1.5 20.1 commit=[1.5,12.0]", Outcome.HOLDS),
    ("committed after", "1.5 20.1 commit=[12.0,14.0]", Outcome.VIOLATED),
    ("committed perhaps after", "1.5 20.1 commit=[11.9,12.1]", Outcome.UNKNOWN),
    ("committed before, and perhaps after", '1.5 20.1 commit=[1.5,1.8]; stored 11.9 12.1 value="1"', Outcome.UNKNOWN),
    ("of which the log has nothing", "1.5 20.1", Outcome.UNKNOWN),
    ("begun after", "20.05 20.1", Outcome.VIOLATED),
    ("answered before", "1.5 1.9", Outcome.HOLDS),
    ("begun after and never answered nor committed", "20.05 acknowledged=false", Outcome.HOLDS),
    ("begun after, never answered and committed", "20.05 acknowledged=false commit=[20.05,20.3]", Outcome.VIOLATED),
    ("never answered and perhaps committed after", "1.5 acknowledged=false commit=[1.5,30.0]", Outcome.UNKNOWN),
)  # fmt: skip
def test_a_frozen_turn_is_excused_unless_it_saves_late(save: str, outcome: Outcome) -> None:
    step, _, more = save.partition("; ")
    verdict = judged(f'{FROZEN}; saved {step} turn="t1" value="1"; {more}')
    assert verdict.outcome is outcome, verdict.missing
    assert verdict.excused.get("frozen", 0) == (outcome is not Outcome.VIOLATED)
    assert verdict.opportunities["frozen, saved late"] == 1
    assert set(verdict.classes) <= {"frozen, saved late"}


LIVE = "two live hosts"
LOST_PLACEMENT = "{}; ran 6 9; ran 7 8 on=2"
LEFT_OUT = "beginning 0.5; tabled 0.6 1; paused 3 5; tabled {} 2 hosts={}; ran 5.1 9; ran 7 8 instance=2"
# Measured on 1.18.2: table at 0.410 s, drain 4 s, the caller refused at 4.444 s, the turn begins at 4.445 s. In
# another run the turn began 6 ms after the drain, the next one 4 ms later, its caller was refused 1 ms after it.
REFUSED = (
    'beginning 0.1; tabled 0.2 1 hosts=[1]; tabled 0.41 2; sent 4.3 {} op="c" outcome="info" {};'
    'ran 4.445 4.455 op="c"; ran 4.453 4.46 instance=2'
)
DRAIN = {"drain_timeout_s": 4.0}
# Measured on 1.18.2: table 3 at 13.0 s, every call under way executed again 1.0 s after it.
MOVED = (
    'tabled 0 1 hosts=[1]; beginning 0.1; tabled 3 2; sent 1.9 9 op="c" turn="{}"; ran 2 7 op="c" turn="t1";'
    'ran 4 8.9 {} turn="t2"'
)
OFF = {**DRAIN, "drain_enabled": False}
ANSWERED = (
    'sent 1 1.6 op="c" turn="{}"; ran 1.02 1.05 op="c" turn="another"; ran 1.1 op="c" turn="first"; ran 3 4 on=2;'
    'ran 5 6 actor="Counter/b"'
)
CHAIN = {"reentrancy": True}
TABLE = "tabled 0.2 1 hosts=[1]; tabled 0.5 2; ran 0.7 9; ran 8 8.5 on=2; "


@table(
    row("a chain may overlap itself", 'ran 1 3 chain="c"; ran 2 2.5 chain="c"', run=CHAIN, outcome=Outcome.HOLDS),
    row("a stranger may not", 'ran 1 3 chain="c"; ran 2 2.5 chain="d"', run=CHAIN, classes="unexplained"),
    row("nor one of no chain", 'ran 1 3 chain="c"; ran 2 2.5', run=CHAIN, classes="unexplained"),
    row("one without an end in a dead application is a doubt", "ran 1; ran 2 3 on=2; died 5", doubts=(LIVE,)),
    row("what its process wrote later proves it", 'ran 1; ran 2 3 on=2; ran 4 5 actor="Counter/b"', classes=LIVE),
    row("one that was answered has ended", ANSWERED.format("first"), doubts=(LIVE,)),
    row("not when another was", ANSWERED.format("another"), classes=LIVE),
    row("a later turn counts once a class", "ran 1 9; ran 2 9; ran 3 4", classes={"unexplained": 2}),
    row(
        "a new sidecar that has no placement yet has not lost it",
        'sees 0.5; died 3 unit="host-1/sidecar"; started 4.5 unit="host-1/sidecar"; sees 5 placement=false; sees 5.5;'
        + LOST_PLACEMENT.format(""),
        classes=LIVE,
    ),
    row("one that lost it is cut off", LOST_PLACEMENT.format("sees 0.5; sees 4 placement=false"), classes="cut off"),
    row("though it is back", LOST_PLACEMENT.format("sees 0.5; sees 4 placement=false; sees 5"), classes="cut off"),
    row(
        "or did not answer first",
        LOST_PLACEMENT.format("sees 0.5; sees 4 answers=false placement=false; sees 5 placement=false; sees 5.5"),
        classes="cut off",
    ),
    row("not one that never had it", LOST_PLACEMENT.format("sees 0.5 placement=false; sees 4"), classes=LIVE),
    row("a stopped host that a table left out was cut off", LEFT_OUT.format(4, "[2]"), classes="cut off"),
    row("not one that it has", LEFT_OUT.format(4, "[1,2]"), classes="unexplained"),
    row("nor before it stopped", LEFT_OUT.format(2, "[2]"), classes="unexplained"),
    row("it begins with a table", TABLE + "beginning 0.6", run=DRAIN, classes=LIVE),
    row("a table changes", TABLE, run=DRAIN, classes="drain gave up"),
    row("its caller was refused", REFUSED.format(4.444, "status=500"), run=DRAIN, classes="drain gave up"),
    row("word of it comes a little later", REFUSED.format(4.454, "status=500"), run=DRAIN, classes="drain gave up"),
    row("not when its own turn had ended", REFUSED.format(4.456, "status=500"), run=DRAIN, classes="unexplained"),
    row("nor where he got no status", REFUSED.format(4.444, ""), run=DRAIN, classes="unexplained"),
    row("with drain off the call is taken back", MOVED.format("t2", 'op="c"'), run=OFF, classes="drain off"),
    row("or the actor moved", MOVED.format("t1", "on=2"), run=OFF, classes="drain off"),
    row("else nothing explains it", MOVED.format("t1", ""), run=OFF, classes="unexplained"),
    row("nor where the drain is on", MOVED.format("t2", 'op="c"'), run=DRAIN, classes="unexplained"),
    row(
        "a reason may say more after a colon",
        'sent 0.9 1.5 op="c" reason="cut-off:ServerDisconnectedError"; ran 1 5 op="c"; ran 2 2.5',
        classes="abandoned",
    ),
)  # fmt: skip
def test_turns_at_once(row: Row) -> None:
    row.check(Turns)


def test_a_gap_takes_a_proof_away_but_not_that_of_its_own_save() -> None:
    scene = Turns().tell('ran 1 1.5; ran 2 3 on=2; ran 4 5 actor="Counter/b"')
    scene.close(9.0)
    one = scene.on(1)
    events = [e for e in scene.events() if not (isinstance(e, ev.TurnEnded) and e.process == one and e.seq < 5)]
    for timeline in (Timeline(events), Timeline(events, numbered=False)):
        verdict = verdict_on(timeline, free("turns"))
        assert not verdict.violations
        assert verdict.doubts
    scene = Turns().tell('ran 1 turn="t"; saved 2.5 2.6 turn="t" value="1"; ran 2 3 on=2')
    scene.close(9.0)
    assert verdict_on(Timeline(scene.events(), numbered=False), free("turns")).classes == {LIVE: 1}


@table(
    row(
        "each kind",
        'sent 1 4 op="a"; sent 1.1 6 op="b"; ran 2 3 op="a"; ran 5 5.5 on=2 op="b";'
        'struck 2.5 8 verb="kill" units=["host-1/sidecar"]; struck 3.5 8 verb="kill" units=["host-1/app"];'
        'struck 2.5 8 verb="kill" units=["placement-0"]; struck 5.1 15.2 units=["host-2/app","host-2/sidecar"];'
        'struck 5.1 15 units=["host-2/app"]; cut 2.5 3 link="host-1>store"; cut 2.5 3 link="host-2>store"',
        evidence={"contended_turns": 2, "moves": 1, "kills": 1, "pauses_over_10s": 1, "cuts": 1},
    ),
    *(
        row(
            f"a pause has a turn open that began at {begun_s} s",
            f'ran {begun_s} 16; struck 5.1 15.2 units=["host-1/app","host-1/sidecar"]',
            evidence={"pauses_over_10s": counted},
        )
        for begun_s, counted in ((5.0, 1), (5.105, 1), (5.2, 0))  # as it was injected, or as it took
    ),
    row(
        "a lone call is not contended",
        'called 1 2; called 3 4; sent 4.5 4.6 outcome="fail" reason="refused"; called 3 4 actor="Counter/b"',
        evidence={"contended_turns": 0},
    ),
)
def test_evidence(row: Row) -> None:
    row.check(Turns)


def test_a_fault_that_did_not_take_effect_is_no_evidence() -> None:
    scene = Turns().tell("ran 2 3")
    scene.fault("cut", "host-1>store", 2.6, 3.0, links=["host-1>store"], took=False)
    assert {e.name: e.have for e in scene.verdict().evidence}["cuts"] == 0


def test_a_violation_names_the_fault_and_few_events() -> None:
    violation = judged('cut 1.5 1.8 link="peers>host-1"; ran 1 9; ran 2 9 on=2').violations[0]
    assert violation.trigger == "cut peers>host"
    assert len(violation.events) == 5
    assert {span.lane for span in violation.spans} == {"host-1/app#1", "host-2/app#1", "fault"}


@rules(
    "first second trait outcome",
    ("beside one that changes", "add", "get", "readers-beside-writers", Outcome.HOLDS),
    ("before one", "get", "add", "readers-beside-writers", Outcome.HOLDS),
    ("beside another", "get", "get", "readers-beside-writers", Outcome.HOLDS),
    ("two that change", "add", "add", "readers-beside-writers", Outcome.VIOLATED),
    ("one that nobody knows", "add", "no-such-method", "readers-beside-writers", Outcome.VIOLATED),
    ("a runtime that says nothing of readers", "add", "get", "", Outcome.VIOLATED),
)
def test_turns_that_only_read_may_run_beside_others_where_the_runtime_says_so(
    first: str, second: str, trait: str, outcome: Outcome
) -> None:
    text = f'ran 1 3 name="{first}"; ran 2 2.5 on=2 name="{second}"'
    assert judged(text, traits=(trait,) if trait else ()).outcome is outcome


def test_a_turn_whose_process_was_found_dead_counts_up_to_when_it_was_last_seen_open() -> None:
    scene = Turns().tell('ran 1 turn="lost"; ran 2 3 on=2')
    scene.add(ev.TurnLost, 4.0, process=scene.on(1), turn="lost", reason="its worker died", seen_ns=ns(1.5))
    first = scene.timeline().turn("lost")
    assert first is not None
    assert (first.ended, first.end_ns) == ("lost", ns(1.5))
    assert scene.verdict().outcome is Outcome.HOLDS
