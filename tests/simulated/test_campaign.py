"""Campaign: the table, the score, and an exit code for each thing that can be wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from actorproof.harness.mutation import campaign
from actorproof.harness.mutation.alarm import Alarm
from actorproof.harness.mutation.campaign import Campaign
from actorproof.harness.mutation.find import Find
from actorproof.harness.workload.step import Wait

GOOD = Find(
    bug="write-lost",
    guarantee="durability",
    anomaly="lost by the store",
    examples=2,
    trials=5,
    seconds=1.5,
    plan=(Wait(for_s=1.0),),
)
QUIET = [Alarm(seed=seed, digest=f"d{seed}", faults=2, turns=10) for seed in range(3)]


def done(
    monkeypatch: pytest.MonkeyPatch, *, find: Find = GOOD, alarm: Alarm = QUIET[2], digest: str = "d1"
) -> Campaign:
    def results(*_: object, **__: object) -> Iterator[Find | Alarm]:
        yield find
        yield from (*QUIET[:2], alarm)

    def again(*_: object, **__: object) -> Iterator[tuple[int, str]]:
        yield from ((0, "d0"), (1, digest))

    monkeypatch.setattr(campaign, "hunts_and_alarms", results)
    monkeypatch.setattr(campaign, "replays", again)
    made = Campaign(bugs=["write-lost"], seeds=3, replays=2, examples=5)
    list(made.run(workers=1))
    return made


def test_a_hunt_that_ended_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        campaign,
        "hunts_and_alarms",
        lambda *_, **__: iter([Find(bug="write-lost", fault="KeyError: x", examples=0, trials=0, seconds=0.1)]),
    )
    made = Campaign(bugs=["write-lost"], seeds=0, replays=0, examples=5)
    assert list(made.run(workers=1)) == ["write-lost: the hunt ended with KeyError: x"]
    assert made.rows() == [("write-lost", "nothing", "", "0", "0.1", "-")]
    assert made.exit_code == 1


def test_all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    made = done(monkeypatch)
    assert made.exit_code == 0
    assert made.rows() == [("write-lost", "durability", "lost by the store", "2", "1.5", "1")]
    text = "\n".join(made.summary())
    assert "mutation score: 1 of 1 planted bugs" in text
    assert "false alarms: 0 in 3 seeds" in text
    assert "2 of 2 histories the same" in text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"find": replace(GOOD, guarantee="")}, "0 of 1 planted bugs"),
        ({"find": replace(GOOD, guarantee="", fault="KeyError: x")}, "0 of 1 planted bugs"),
        ({"find": replace(GOOD, plan=GOOD.plan * 7)}, "plans of more than 6 steps: write-lost"),
        ({"alarm": Alarm(seed=2, violations=("turns: same host: x",))}, "false alarms: 1 in 3"),
        ({"alarm": Alarm(seed=2, fault="KeyError: x")}, "false alarms: 1 in 3"),
        ({"digest": "other"}, "1 of 2 histories the same"),
    ],
)
def test_what_is_wrong_is_told_and_fails(monkeypatch: pytest.MonkeyPatch, wrong: dict[str, object], said: str) -> None:
    made = done(monkeypatch, **wrong)  # type: ignore[arg-type]
    assert made.exit_code == 1
    assert said in "\n".join(made.summary())
