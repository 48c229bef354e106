"""A scenario by itself says what it covers, and is unknown only where it lacks what it owes."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.cli.conftest import Actorproof

RUN = ("run", "kill-and-recover", "--driver", "simulated", "--seed", 3, "--out", "out")


def test_a_sound_scenario_says_what_it_covers_exits_with_0_and_is_decided_alike_from_its_folder(
    actorproof: Actorproof,
) -> None:
    said = actorproof(*RUN)
    assert said.code == 0, said.out + said.err
    assert "covers kill host/app (1x) with turn open 1x" in said.out
    assert re.search(r"No violation of turns, .* in kill-and-recover on .*\.$", " ".join(said.out.split()))
    document = json.loads(Path("out/latest/verdicts.json").read_bytes())
    covered = {row["fault"]: row for row in document["coverage"]}
    assert covered["kill host/sidecar"]["under_way"]["turn open"] >= 1
    turns = next(each for each in document["guarantees"] if each["id"] == "turns")
    assert turns["standing"] == turns["outcome"] == "clean"
    assert {"fault": "kill host/app", "under_way": "turn open", "have": 1} in turns["owed"]
    again = actorproof("analyze", "out/latest")
    assert again.code == 0
    assert decided(again.out) == decided(said.out)


def test_one_that_lacks_what_it_owes_is_unknown_and_names_it(actorproof: Actorproof) -> None:
    said = actorproof(*RUN, "--fault-rate", "off")
    assert said.code == 2
    assert "kill host/app with turn open: 0 seen, 1 needed" in " ".join(said.out.split())


def decided(out: str) -> list[str]:
    """What is printed, without where the report stands: by the folder's name, or by the link to the latest."""
    return [line for line in out.splitlines() if not line.strip().endswith("report.html")]
