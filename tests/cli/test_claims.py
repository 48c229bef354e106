"""`actorproof report --claims` tells the claims, with or without a run."""

from __future__ import annotations

import re

from actorproof.harness.run.shipped import claims
from actorproof.reports.claims import render
from tests.cli.conftest import Actorproof


def test_without_a_run_it_prints_the_page_of_the_documents(actorproof: Actorproof) -> None:
    said = actorproof("report", "--claims")
    assert (said.code, said.out, said.err) == (0, render(claims()), "")


def test_with_a_run_it_says_what_that_run_showed(actorproof: Actorproof) -> None:
    actorproof("run", "kill-and-recover", "--driver", "simulated", "--seed", 3, "--duration", 9, "--out", "out")
    said = actorproof("report", "out/latest", "--claims")
    assert said.code == 0
    assert re.search(r"In this run: \w+ holds for what was tried", said.out)


def test_without_a_run_and_without_claims_it_says_what_is_wanted(actorproof: Actorproof) -> None:
    said = actorproof("report")
    assert said.code == 64
    assert said.err.startswith("actorproof: a run's folder is wanted: `")
    assert said.err.endswith("actorproof report --claims`\n")
