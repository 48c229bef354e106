"""`actorproof mutation`: its table can be read, and searched, in a log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from actorproof.harness.mutation.campaign import Campaign
from actorproof.harness.mutation.find import Find
from actorproof.harness.runtimes.simulated.planting import bugs

from .conftest import Actorproof


def test_names_stand_whole_in_a_log(actorproof: Actorproof, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(campaign: Campaign, *, workers: int) -> Iterator[str]:
        del workers
        for bug in campaign.bugs:
            campaign.finds[bug] = Find(
                bug=bug,
                guarantee="linearizability",
                anomaly="dropped after failed deliveries",
                examples=1,
                trials=1,
                seconds=1.0,
                scenario="kill-and-recover",
            )
        yield from ()

    monkeypatch.setattr(Campaign, "run", run)
    said = actorproof("mutation", "--seeds", "0", "--replays", "0")
    assert said.code == 0
    rows = {" ".join(line.split()) for line in said.out.splitlines()}
    found = "linearizability in kill-and-recover dropped after failed deliveries 1 1.0 0"
    assert rows >= {f"{bug} {found}" for bug in bugs()}


@pytest.mark.parametrize(
    ("bug", "answer"),
    [
        ("nonsense", "choose one of a-type-shares-one-lock, abort-without-effect"),
        ("lock-ignord", "did you mean lock-ignored?\n"),
    ],
)
def test_an_unknown_bug_is_wrong_usage(actorproof: Actorproof, bug: str, answer: str) -> None:
    said = actorproof("mutation", "--bug", bug)
    assert said.code == 64
    assert f"bug {bug} is unknown: {answer}" in said.err
