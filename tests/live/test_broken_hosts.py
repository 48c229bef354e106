"""Each checker turns red on hosts that break its promise on purpose, and stays calm on hosts that don't.

Two checkers wait for the end of a budget before they speak. Their budgets are made shorter here, as is the time that a
run waits for actors to answer: nothing is disturbed when reminders fall due and when actors are asked, so an unbroken
host answers in milliseconds, and the control shows it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.run import shipped
from actorproof.harness.session import session
from actorproof.harness.session.scenario import Scenario
from actorproof.harness.subjects.breakage import BREAKAGES
from actorproof.harness.workload.step import Burst, Heal, Inject, Remind, StartTimer, Wait, Walk
from actorproof.properties.verdict import catalogue
from actorproof.properties.verdict.verdict import Verdict

from .support import CALM, STILL, ran, small

pytestmark = pytest.mark.live

SHORTER = {"reminder_budget_s": 8.0, "redelivery_s": 8.0, "link_s": 9.0}
ANSWER_TIMEOUT_S = 12.0
FINAL_TIMEOUT_S = 5.0
# A checker leaves out what the machine disturbed, and a busy machine may join a host too late: then it is tried again.
TRIES = 8


def _calls(*, first: int, actors: int, hold_s: float = 0.0) -> list[Burst]:
    return [Burst(actor=f"Sleeper/b{n}", method="hold", callers=1, hold_s=hold_s) for n in range(first, first + actors)]


SCENARIOS: Mapping[str, Scenario] = {
    "turns": small(guarantee="turns", load=CALM),
    # Actors move to a host that joins; where they were, broken hosts go on using the instances that they gave up.
    "activation": small(
        *_calls(first=0, actors=24),
        Inject(id="join", verb="add", target="host-3"),
        *_calls(first=0, actors=24),
        Wait(for_s=1.5),
        *_calls(first=0, actors=24),
        Wait(for_s=1.5),
        *_calls(first=0, actors=24),
        Heal(id="join"),
        guarantee="activation",
        duration_s=60.0,
        load=STILL,
        topology=Topology(hosts=2, spare_hosts=1, idle_timeout_s=30.0),
    ),
    "reentrancy": small(
        *(Walk(actor=f"Chain/{n}", route=(f"Chain/{n}",), hold_s=0.05, patience_s=4.0, strangers=1) for n in range(4)),
        Wait(for_s=6.0),
        guarantee="reentrancy",
        duration_s=60.0,
        load=STILL,
        topology=Topology(hosts=2, spare_hosts=0, idle_timeout_s=30.0, reentrancy=True),
    ),
    "durability": small(guarantee="durability", load=CALM),
    "reminders": small(
        *(Remind(actor=f"Recorder/p{n}", name=f"r{n}", due_s=1.0) for n in range(16)),
        guarantee="reminders",
        load=STILL,
        settle_reminders_s=12.0,
    ),
    # Once each: a second tick would come early by the time that the callback took, which is 1.18.2's own fault.
    "timers": small(
        *(StartTimer(actor=f"Ticker/p{n}", name=f"t{n}", due_s=1.0) for n in range(16)),
        guarantee="timers",
        load=STILL,
        settle_reminders_s=6.0,
    ),
    # As in scale-out-drain: turns that end after the table has changed and before the drain time-out runs out, with
    # seconds to spare on both sides, since a busy machine joins a host late and sees its table late.
    "drain": small(
        *_calls(first=0, actors=30, hold_s=8.0),
        Inject(id="join", verb="add", target="host-3"),
        Wait(for_s=1.0),
        *_calls(first=0, actors=30),
        Wait(for_s=2.0),
        Heal(id="join"),
        guarantee="drain",
        duration_s=60.0,
        load=STILL,
        topology=Topology(
            hosts=2, spare_hosts=1, drain_timeout_s=15.0, dissemination_timeout_s=20.0, idle_timeout_s=30.0
        ),
    ),
    # Broken hosts refuse some actors for ever from ten seconds after their start on; the link is slow until then.
    "recovery": small(
        Inject(id="slow", verb="delay", target="client>host-1", params={"delay_ms": 50, "jitter_ms": 10}),
        Wait(for_s=11.0),
        Heal(id="slow"),
        guarantee="recovery",
        duration_s=30.0,
        # The more actors are asked, the surer is it that a broken host refuses one.
        load=CALM,
    ),
}


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What a checker says of a run, and whether the machine let it see enough for that."""

    verdict: Verdict
    stood_still: bool

    @property
    def hidden(self) -> bool:
        """Whether the machine may have kept a breakage from being seen."""
        return self.stood_still or not any(each.have for each in self.verdict.evidence)


def _run(guarantee: str, out: Path, monkeypatch: pytest.MonkeyPatch, *, breakage: str | None) -> Judged:
    text = shipped.text("catalogue.toml")
    lines = [
        f"{name} = {SHORTER[name]}" if (name := line.partition(" =")[0]) in SHORTER else line
        for line in text.splitlines()
    ]
    monkeypatch.setattr(shipped, "catalogue", lambda: catalogue.parse("\n".join(lines)))
    monkeypatch.setattr(session, "ANSWER_TIMEOUT_S", ANSWER_TIMEOUT_S)
    monkeypatch.setattr(session, "FINAL_TIMEOUT_S", FINAL_TIMEOUT_S)
    out.mkdir(exist_ok=True)
    monkeypatch.setattr(tempfile, "tempdir", str(out))
    done = ran(SCENARIOS[guarantee], out, seed=5, breakage=breakage)
    run = done.finished.report.verdict
    assert not list(out.glob("actorproof-*"))
    assert all(each.seen for each in run.canaries), run.canaries
    assert not run.problems
    (verdict,) = [verdict for verdict in run.guarantees if verdict.guarantee == guarantee]
    return Judged(verdict=verdict, stood_still=bool(done.timeline.stalls))


def test_there_is_a_scenario_for_every_breakage() -> None:
    assert set(SCENARIOS) == set(BREAKAGES)


@pytest.mark.parametrize("guarantee", SCENARIOS)
def test_a_broken_host_is_seen(guarantee: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for tried in range(TRIES):
        judged = _run(guarantee, tmp_path / str(tried), monkeypatch, breakage=guarantee)
        if judged.verdict.open_violations or not judged.hidden:
            break
    verdict = judged.verdict
    assert verdict.open_violations, (tried, judged, verdict.evidence, verdict.excused)


@pytest.mark.parametrize("guarantee", SCENARIOS)
def test_a_sound_host_is_not_accused(guarantee: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = _run(guarantee, tmp_path, monkeypatch, breakage=None).verdict
    # What the runtime itself is known to do, on a busy machine more often, accuses no host.
    assert not judged.open_violations
    assert not judged.fault
    assert any(judged.opportunities.values()), "nothing was tried"
