"""Commands for a cluster that stays say in one line what is wrong, and start nothing then."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Actorproof


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("up", "--limit", 0), "limit is 0 s: choose more than 0 and at most a day"),
        (("up", "--driver", "simulated"), "the simulated runtime has no time of its own to stay in"),
        (("up", "--hosts", 0), "hosts is 0: choose 1 to 10"),
        (("up", "nowhere"), "scenario nowhere is unknown"),
        (("up", "nowhere.toml"), "nowhere.toml can't be read"),
        *(
            ((*words, "--cluster", "nowhere"), "no cluster nowhere is up")
            for words in (
                ("load",),
                ("fault", "kill", "host-1"),
                ("heal",),
                ("add-host",),
                ("status",),
                ("verdict",),
                ("down",),
            )
        ),
    ],
)
def test_wrong_usage(actorproof: Actorproof, tmp_path: Path, words: tuple[object, ...], said: str) -> None:
    answer = actorproof(*words)
    assert (answer.code, answer.out) == (64, "")
    assert said in answer.err
    assert answer.err.count("\n") == 1
    assert not list(tmp_path.iterdir())
