"""Deviations are listed by cause, and held against what recorded runs showed."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from actorproof.harness.run import shipped
from actorproof.properties import verdict
from actorproof.properties.verdict import baseline, deviation
from actorproof.properties.verdict.baseline import Exposure, Recorded
from actorproof.properties.verdict.deviation import Deviation, Standing
from actorproof.properties.verdict.findings import Doubt

TEXT = """
of = "dapr"
version = "1.18.2"
[[deviation]]
mechanism = "caller-gives-up"
breaks = ["turns", "durability"]
per = "turn"
doubts = ["turns: abandoned"]
drivers = ["docker"]
evidence = "e"
upstream = "none known"
"""


def run(*, incidents: int = 2, violations: int = 5, doubts: int = 0, scenario: str = "s") -> Recorded:
    return Recorded(
        run="r",
        driver="docker",
        exposure=Exposure(scenario=scenario, setting="usual", opportunities={"turn": 1000}),
        incidents={"caller-gives-up": incidents},
        violations={"caller-gives-up": {"turns": violations, "placement": 7}},
        doubts={"turns: abandoned": doubts},
    )


def parse(text: str = TEXT, *runs: Recorded) -> tuple[Deviation, ...]:
    return deviation.parse(text, mechanisms=["caller-gives-up"], runs=runs or (run(),))


def test_everything_that_an_entry_says_is_kept_with_what_was_recorded() -> None:
    (found,) = parse(TEXT, run(), run(incidents=4, doubts=3))
    assert (found.mechanism, found.of, found.breaks) == ("caller-gives-up", "dapr 1.18.2", ("turns", "durability"))
    assert (found.incidents.events, found.incidents.opportunities, found.incidents.runs) == (6, 2000, 2)
    assert found.upstream == "none known"
    assert found.violations.events == 13
    assert found.incidents.interval.low < 6 / 2000 < found.incidents.interval.high


def test_a_recorded_run_in_which_it_never_came_counts_as_one_without_it() -> None:
    never = replace(run(), incidents={}, violations={}, doubts={})
    (found,) = parse(TEXT, run(incidents=2), never)
    assert (found.incidents.events, found.incidents.runs, found.violations.events) == (2, 2, 5)


def test_an_incident_may_be_as_large_as_those_of_the_same_scenario() -> None:
    (found,) = parse(TEXT, run(incidents=1), run(incidents=1, violations=600, scenario="a host off the network"))
    here, far, new = (
        Exposure(scenario=name, setting="usual", opportunities={}) for name in ("s", "a host off the network", "n")
    )
    assert [found.large(2, at) for at in ([here], [far], [here, far], [new])] == [10, 1200, 1200, 1200]


def test_what_may_have_been_a_violation_counts_as_one_that_came() -> None:
    doubts = {"turns": [Doubt(anomaly="abandoned", what="w", count=3)], "drain": [Doubt(anomaly="cut", what="w")]}
    here = Exposure(scenario="s", setting="usual", opportunities={"turn": 1000, "fault": 5})
    none = Exposure(scenario="s", setting="usual", opportunities={"fault": 5})
    (found,) = deviation.standings(parse(TEXT, run(), run()), [], doubts, [here, here, none])
    assert (found.violations, found.incidents, found.opportunities) == (3, 0, 2000)
    assert found.expected == pytest.approx(10.5, rel=0.2)
    assert not found.exceeded


@pytest.mark.parametrize(
    ("violations", "incidents", "seen", "exceeded"),
    [
        (12, 9, "0 violations and 12 in doubt of 9 incidents", False),
        (0, 10, "0 violations of 10 incidents", True),
        (13, 1, "0 violations and 13 in doubt of 1 incident", True),
    ],
)
def test_what_came_of_a_cause_counts_doubts_and_is_held_against_what_is_accepted(
    violations: int, incidents: int, seen: str, *, exceeded: bool
) -> None:
    standing = Standing(
        deviation=parse()[0],
        traced=(),
        incidents=incidents,
        violations=violations,
        expected=3.0,
        accepted=12,
        accepted_incidents=9,
        opportunities=120,
    )
    assert (standing.seen, standing.exceeded) == (seen, exceeded)


def test_one_that_is_of_a_driver_applies_there_alone() -> None:
    (found,) = parse()
    assert found.applies(driver="docker", store="redis")
    assert not found.applies(driver="process", store="redis")


@pytest.mark.parametrize("key", ['guarantee = "turns"', 'class = "cut off"', 'trigger = "any"', "max_rate = 1.0"])
def test_a_class_with_any_trigger_is_no_longer_accepted_and_the_line_says_what_to_do(key: str) -> None:
    with pytest.raises(ValueError, match=r"number 1: .* no longer accepted: list the mechanism") as told:
        parse(TEXT + key)
    assert "\n" not in str(told.value)


def test_what_no_recorded_run_has_is_refused() -> None:
    with pytest.raises(ValueError, match="caller-gives-up is in no recorded run"):
        parse(TEXT, run(incidents=0))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('of = "dapr"', ""),
        ('version = "1.18.2"', "version = 1"),
        ('version = "1.18.2"', 'version = "1.18.2"\nmore = 1'),
        ("[[deviation]]", "[deviation]"),
        ("[[deviation]]", "[[deviation"),
        ("caller-gives-up", "nobody-knows"),
        ('["turns", "durability"]', "[]"),
        ('["turns", "durability"]', "[1]"),
        ('per = "turn"', 'per = "moon"'),
        ('per = "turn"', ""),
        ('evidence = "e"', 'evidence = " "'),
        ('evidence = "e"', 'evidence = "e"\nmore = 1'),
        (TEXT, TEXT + TEXT[TEXT.index("[[") :]),
    ],
)
def test_wrong_deviations_are_named(old: str, new: str) -> None:
    with pytest.raises(ValueError, match="deviations"):
        parse(TEXT.replace(old, new))


def test_the_second_of_two_entries_is_named_as_number_2() -> None:
    with pytest.raises(ValueError, match="number 2: per 'moon' is not known"):
        parse(TEXT + TEXT[TEXT.index("[[") :].replace('per = "turn"', 'per = "moon"'))


def test_what_is_listed_of_the_default_version_says_whom_it_strikes_and_what_helps() -> None:
    known = {each.id: each for each in shipped.mechanisms()}
    for each in shipped.deviations("dapr", "1.18.2"):
        advice = known[each.mechanism].advice
        assert advice.startswith("Strikes "), each.mechanism
        assert advice.count(". ") >= 1, "whom it strikes, and then what helps"
        assert len(advice) <= 220, each.mechanism


def test_ten_causes_hold_most_of_what_each_recorded_verify_broke() -> None:
    """What violations of each whole run were traced to; the save that waits for its own drain is among the ten."""
    text = (Path(verdict.__file__).parent / "baselines/dapr-1.18.2.jsonl").read_text("utf-8")
    runs: dict[str, Counter[str]] = defaultdict(Counter)
    for recorded in baseline.parse(text):
        if "-verify-" in recorded.run:
            broken = {name: sum(of.values()) for name, of in recorded.violations.items()}
            runs[recorded.run].update(broken)
    assert len(runs) >= 10
    for found in runs.values():
        ten = dict(found.most_common(10))
        assert sum(ten.values()) >= 0.95 * found.total()
        assert {"save-waits-for-its-own-drain", "front-of-the-queue-is-removed"} <= ten.keys()
