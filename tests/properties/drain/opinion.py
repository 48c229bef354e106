"""Random histories, and what a naive implementation says of them."""

from __future__ import annotations

from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.verdict import Verdict
from tests.properties.builder import History
from tests.properties.drain.naive import broken
from tests.properties.opinion import Opinion

JOINS_S = 20.5


def shown(verdict: Verdict, _: list[ev.Event]) -> set[tuple[str, int]]:
    """Class and start of the turn: the second of a violation's spans."""
    return {(violation.anomaly, violation.spans[1].start_ns) for violation in verdict.violations}


def asked(h: History, turn: str, from_s: float, to_s: float, *, saves: bool) -> None:
    """A turn saves or reads."""
    if saves:
        h.save(turn, [("count", "1")], from_s, to_s)
    else:
        h.ask(turn, "read", from_s, to_s)


@st.composite
def histories(  # noqa: PLR0915 - one history, from top to bottom
    draw: st.DrawFn, *, calm: bool = False, refused_from_s: float = 0.0
) -> History:
    """One actor's calls around the join of host-3, answered, run again or refused; now and then something disturbs."""
    h = History(
        drain_timeout_s=draw(st.sampled_from((4.0, 4.0, 6.0, 10.0))),
        version=draw(st.sampled_from(("1.18.2", "1.16.0"))),
        idle_timeout_s=draw(st.sampled_from((20.0, 20.0, 5.0))),
    )
    apps = [h.app("host-1"), h.app("host-2")]
    three = h.app("host-3", 20.0)
    h.fault("add", "host-3", 19.5, 50.0, units=["host-3/sidecar", "host-3/app"])
    h.table(JOINS_S, 2, ["host-1", "host-2", "host-3"])
    disturbance = "none" if calm else draw(st.sampled_from(("none", "none", "none", "cut", "stall", "down", "left")))
    at_s = draw(st.integers(0, 40))
    match disturbance:
        case "cut":
            h.fault("cut", "host-1>app", at_s, at_s + 1.0, links=["host-1>app"])
        case "stall":
            h.add(ev.Stalled, at_s, late_ns=600_000_000)
        case "down":
            h.sidecar(at_s, "host-1", placement=False)
            h.sidecar(at_s + 1.0, "host-1")
        case "left":
            h.fault("terminate", "host-2/sidecar", at_s, at_s + 3.0, units=["host-2/sidecar"])
            h.exit("host-2/sidecar", at_s + 1.0, code=0)
        case _:
            pass
    for number in range(draw(st.integers(1, 4))):
        actor = draw(st.sampled_from(("Sleeper/a", "Sleeper/b")))
        from_s = draw(st.integers(30, 60)) / 2 + (number + 1) / 1000
        lasts_s = draw(st.sampled_from((0.5, 2.0, 4.0, 9.0, 14.0)))
        turn = f"turn-{number}"
        app = draw(st.sampled_from(apps))
        via = draw(st.sampled_from(("host-1", "host-1", "host-2")))
        completed = draw(st.integers(0, 3)) > 0
        kind = draw(st.sampled_from(("ok", "ok", "again", "error", "gave-up")))
        name, hold_s = draw(st.sampled_from(("add", "hold"))), draw(st.sampled_from((0.0, 0.5, 3.0, 20.0)))
        op = h.operation(actor, from_s - 0.01, None, via=via, name=name, args={"hold_s": hold_s} if hold_s else {})
        h.turn(actor, app, from_s, from_s + lasts_s, op=op, turn=turn, name=name, completed=completed)
        for sent_s, takes_s in draw(st.lists(st.sampled_from(((0.1, 0.01), (1.5, 3.0), (2.0, 9.0))), max_size=2)):
            if sent_s < lasts_s:
                asked(
                    h, turn, from_s + sent_s, from_s + min(sent_s + takes_s, lasts_s - 0.01), saves=draw(st.booleans())
                )
        if draw(st.integers(0, 3)) == 0:
            h.deactivate(actor, app, from_s + draw(st.sampled_from((0.2, 1.0, 5.0))))
        owner = draw(st.sampled_from((app, three, three)))
        again_s = from_s + draw(st.sampled_from((1.0, 3.0, 5.0, 10.0))) + 0.0005
        match kind:
            case "ok":
                h.complete(op, from_s + lasts_s + 0.01, turn=turn)
            case "again":
                h.turn(actor, owner, again_s, again_s + 0.3, op=op, turn=f"{turn}-again")
                h.complete(op, again_s + 0.4, turn=f"{turn}-again")
            case "error":
                refused_s = max(again_s, refused_from_s)
                h.complete(op, refused_s, outcome="info", status=500, reason="status-500")
            case _:
                h.complete(op, from_s + 0.2, outcome="info", reason="gave-up")
        if draw(st.booleans()):
            h.turn(actor, three, again_s + 1.0, again_s + 1.1, cause="timer", turn=f"{turn}-next")
    h.close(80.0)
    return h


def naive(events: list[ev.Event]) -> set[tuple[str, int]]:
    """Likewise."""
    started = {event.turn: event.t_ns for event in events if isinstance(event, ev.TurnStarted)}
    return {(anomaly, started[turn]) for anomaly, turn in broken(events)}


OPINION = Opinion(
    guarantee="drain",
    histories=histories(),
    calm=histories(calm=True),
    # An error before the join shows that no drain is behind it; the same error, had it come later, does not.
    weakened=histories(refused_from_s=JOINS_S),
    shown=shown,
    naive=naive,
    same=lambda each: each[1],
    is_of_cases=False,
)
