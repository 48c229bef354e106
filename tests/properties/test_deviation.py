from __future__ import annotations

from typing import Any

import pytest

from actorproof.properties.verdict.deviation import Deviation, apply, parse
from actorproof.properties.verdict.findings import Doubt, Findings, Violation

ENTRY = """
[[deviation]]
name = "known"
guarantee = "turns"
class = "same host"
trigger = "kill host"
max_rate = 1
evidence = "seen once"
upstream = "none known"
"""


def deviation(**fields: Any) -> Deviation:
    given: dict[str, Any] = {
        "name": "known",
        "version": "1.18.2",
        "guarantee": "turns",
        "anomaly": "same host",
        "trigger": "any",
        "max_rate": 0.5,
        "evidence": "seen",
        "upstream": "none known",
    }
    return Deviation(**(given | fields))


def violation(anomaly: str = "same host", trigger: str = "none") -> Violation:
    return Violation(anomaly=anomaly, actor="A/1", summary="s", events=(), trigger=trigger, at_ns=1)


def found(*violations: Violation, doubts: tuple[Doubt, ...] = (), **opportunities: int) -> Findings:
    return Findings(
        violations=violations,
        doubts=doubts,
        opportunities={anomaly.replace("_", " "): count for anomaly, count in opportunities.items()},
    )


def test_everything_that_an_entry_says_is_kept() -> None:
    assert parse('version = "1.18.2"' + ENTRY) == (deviation(trigger="kill host", max_rate=1.0, evidence="seen once"),)


def test_the_entry_that_is_wrong_is_named_by_number() -> None:
    text = 'version = "1"' + ENTRY + ENTRY.replace('"known"', '"other"').replace("max_rate = 1", "max_rate = 2")
    with pytest.raises(ValueError, match="deviations of 1, number 2: max_rate"):
        parse(text)


@pytest.mark.parametrize("version", ['""', "1"])
def test_a_version_is_a_text(version: str) -> None:
    with pytest.raises(ValueError, match="version is missing"):
        parse(f"version = {version}")


def test_only_what_a_deviation_accepts_is_taken() -> None:
    other, mine = violation("two live hosts"), violation()
    left = apply(found(other, mine, same_host=10), [deviation()])
    assert left.open_violations == (other,)
    ((match),) = left.matches
    assert match.violations == (mine,)
    assert match.opportunities == 10
    assert match.rate == 0.1


def test_what_happened_was_an_opportunity() -> None:
    for seen in (found(violation(), violation()), found(violation(), violation(), same_host=1)):
        (match,) = apply(seen, [deviation(max_rate=1.0)]).matches
        assert match.opportunities == 2


def test_one_that_could_not_occur_is_not_matched() -> None:
    assert apply(found(), [deviation()]).matches == ()
    assert apply(found(same_host=0), [deviation()]).matches == ()
    assert len(apply(found(same_host=1), [deviation()]).matches) == 1


def test_a_rate_is_of_all_opportunities() -> None:
    assert not apply(found(*[violation()] * 4, same_host=1000), [deviation(max_rate=0.01)]).notes


def test_an_exceeded_rate_is_told() -> None:
    many = found(*[violation()] * 4, same_host=5, doubts=(Doubt(anomaly="same host", what="odd", count=3),))
    for trigger, more in (("any", ", and 3 that may be more"), ("none", "")):
        left = apply(many, [deviation(trigger=trigger, max_rate=0.01)])
        assert left.notes == (f"deviation known accepts 0.01 violations per opportunity; here are 4 in 5 (0.8){more}",)
        assert left.matches == ()
        assert len(left.open_violations) == 4
        assert left.doubts == many.doubts


def test_notes_of_several_deviations_stay() -> None:
    doubts = (Doubt(anomaly="same host", what="odd"), Doubt(anomaly="two live hosts", what="odd", count=2))
    left = apply(
        found(*[violation(trigger="kill host")] * 4, doubts=doubts),
        [deviation(name="first", trigger="kill host", max_rate=0.01), deviation(name="next", max_rate=1.0)],
    )
    assert [note.partition(" accepts")[0] for note in left.notes] == ["deviation first"]
    assert [(match.deviation.name, match.doubts) for match in left.matches] == [("next", doubts[:1])]
    assert left.doubts == doubts[1:]
    assert not left.open_violations
