"""Random small histories, as Hypothesis draws them: few actors, two hosts, coarse times, so that much meets."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.verdict import Verdict
from tests.properties.builder import History
from tests.properties.naive import Answer
from tests.properties.opinion import Opinion, actors

ACTORS = ("Counter/a", "Counter/b")
OUTCOMES: tuple[tuple[ev.Outcome, str], ...] = (
    ("ok", ""),
    ("info", "gave-up"),
    ("info", "status-500"),
    ("info", "deadline"),
)
FAR_S = 1000.0
tenths = st.integers(1, 400).map(lambda n: n / 10)


@st.composite
def histories(draw: st.DrawFn, *, deaths: bool = False) -> History:
    """A history, closed in order. Every turn ends, unless `deaths`: then an application may die, or a turn hang."""
    h = History(
        reentrancy=draw(st.booleans()),
        drain_timeout_s=draw(st.sampled_from((1.5, 5.0))),
        drain_enabled=draw(st.sampled_from((True, True, False))),
        idle_timeout_s=draw(st.sampled_from((2.0, 20.0))),
    )
    for version in range(draw(st.integers(0, 3))):
        h.table(draw(tenths) if version == 1 else 45.0 * (version > 0), version, ["host-1", "host-2"])
    h.start("placement-0", 0.0)
    processes = [h.app("host-1"), h.app("host-2")]
    unique = 0.0
    for host in ("host-1", "host-2"):
        for part in ("app", "sidecar"):
            match draw(st.sampled_from(("calm", "calm", "pause", "kill" if part == "sidecar" else "pause"))):
                case "pause":
                    start_s = draw(tenths)
                    h.pause(f"{host}/{part}", start_s, start_s + draw(tenths))
                case "kill":
                    start_s = draw(tenths)
                    h.kill(f"{host}/{part}", start_s)
                    if draw(st.booleans()):
                        h.start(f"{host}/{part}", start_s + draw(tenths) + 0.1)
        if draw(st.integers(0, 3)) == 0:
            link = f"{host}>{draw(st.sampled_from(('app', 'placement-0', 'store')))}"
            start_s = draw(tenths)
            h.fault("cut", link, start_s, start_s + draw(tenths), links=[link])
    died_s = draw(tenths) if deaths and draw(st.booleans()) else FAR_S
    if died_s < FAR_S:
        h.kill("host-1/app", died_s)
    for _ in range(draw(st.integers(0, 7))):
        unique += 0.0001
        actor = draw(st.sampled_from(ACTORS))
        process = draw(st.sampled_from(processes))
        start_s = draw(tenths) + unique
        length_s = draw(st.sampled_from((0.0, 0.5, 3.0, 20.0)))
        to_s: float | None = start_s + length_s
        if process == processes[0] and start_s + length_s >= died_s:
            if start_s >= died_s:
                continue
            to_s, length_s = None, (died_s - start_s) / 2
        elif deaths and draw(st.integers(0, 9)) == 0:
            to_s = None
        instance = draw(st.integers(1, 2))
        if length_s and draw(st.booleans()):
            into_s = draw(st.sampled_from((0.9, 2.0))) * min(length_s, 2.0)
            h.deactivate(actor, process, start_s + into_s, instance=instance)
        outcome, reason = draw(st.sampled_from(OUTCOMES))
        waited_s = length_s + 0.5 if outcome == "ok" else draw(st.sampled_from((0.2, 2.0, 30.0)))
        status = 500 if reason == "status-500" else None
        op = h.operation(actor, start_s - 0.05, start_s + waited_s, outcome=outcome, reason=reason, status=status)
        turn = h.turn(
            actor, process, start_s, to_s, op=op, chain=draw(st.sampled_from((None, None, "c"))), instance=instance
        )
        if length_s and draw(st.booleans()):
            ended = draw(st.booleans())
            save = h.save(
                turn,
                [("value", f'"{turn}"')],
                start_s + 0.1 * length_s,
                start_s + 0.9 * length_s if ended else None,
                acknowledged=draw(st.booleans()),
            )
            if draw(st.booleans()):
                h.commit(save, start_s + 0.1 * length_s, start_s + draw(st.sampled_from((0.2, 0.8))) * length_s)
    h.close(200.0)
    return h


def opinion_of(guarantee: str, naive: Callable[[list[ev.Event]], tuple[Answer, Answer]]) -> Opinion:
    """What is broken, and whether there is a doubt, which a weaker history may leave anew."""
    doubt = ("doubt", "")

    def shown(verdict: Verdict, events: list[ev.Event]) -> set[tuple[str, str]]:
        return actors(verdict, events) | ({doubt} if verdict.doubts else set())

    def said(events: list[ev.Event]) -> set[tuple[str, str]]:
        broken, applied = naive(events)
        return broken | {doubt for word, _ in applied if word == "unknown"}

    return Opinion(
        guarantee=guarantee,
        histories=histories(),
        weakened=histories(deaths=True),
        shown=shown,
        naive=said,
        same=lambda each: None if each == doubt else "broken",
        is_of_cases=False,
    )
