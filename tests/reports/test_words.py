from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from actorproof.durations import spell
from actorproof.harness.history.events import UNDER_WAY
from actorproof.plural import some
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Canary, Owed, Verdict
from actorproof.properties.views.coverage import Pair, Struck
from actorproof.reports.words import WORDS, amount, clauses, coverage, plain, sentence, whole

SUCH_AS = "turns, recovery, such as moves: 11 seen, 20 needed; 1 of them with known violations"
REST = "1 guarantee breaks in known ways; nothing new."


def undecided(found: Verdict) -> Verdict:
    return replace(found, outcome=Outcome.UNKNOWN)


@pytest.mark.parametrize("worst", Outcome)
def test_the_sentence_begins_with_the_verdict(sample: Any, worst: Outcome) -> None:
    if worst is Outcome.FIGURE:
        return
    verdicts = [sample.judged(sample.verdict("turns")), replace(sample.judged(sample.verdict("drain")), outcome=worst)]
    report = sample.report(verdicts)
    assert report.verdict.outcome is worst
    word = WORDS[worst]
    assert sentence(report).startswith(word[:1].upper() + word[1:])
    assert clauses(report)[0] == sentence(report).rstrip(".")


@pytest.mark.parametrize(
    ("judged", "said"),
    [
        (lambda _: [], "No guarantee was judged on Dapr 1.18.2."),
        (lambda s: s.holding("turns"), "Holds: turns on Dapr 1.18.2."),
        (lambda s: s.holding("turns", "drain"), "Holds: all 2 guarantees of Dapr 1.18.2."),
        (
            lambda s: [s.broken("drain"), *s.holding("turns"), s.lacking("activation")],
            "Violated in new ways: 1 of the 3 guarantees of Dapr 1.18.2 (drain); 1 holds, 1 undecided.",
        ),
        (
            lambda s: [s.broken("drain", known=True), *s.holding("turns")],
            "Known violations: 1 of the 2 guarantees of Dapr 1.18.2; nothing new; 1 holds.",
        ),
        (
            lambda s: [undecided(s.broken("turns", known=True)), s.broken("drain", known=True)],
            f"Undecided: too little was seen of turns on Dapr 1.18.2 (with known violations); {REST}",
        ),
        (
            lambda s: [undecided(s.broken("turns", known=True)), s.broken("drain", known=True), s.lacking("recovery")],
            f"Undecided: too little was seen of 2 of the 3 guarantees of Dapr 1.18.2 ({SUCH_AS}); {REST}",
        ),
        (
            lambda s: [*s.holding("drain"), s.verdict("turns", missing=["the time for the search was up"])],
            "Undecided: turns on Dapr 1.18.2 can't be decided (the time for the search was up); 1 holds.",
        ),
        (
            lambda s: [s.broken("a", known=True), s.verdict("b", fault="KeyError")],
            "Error: 1 of the 2 guarantees of Dapr 1.18.2 could not be checked; 1 guarantee breaks in known ways.",
        ),
    ],
    ids=[
        *(
            "nothing judged",
            "one holds",
            "all hold",
            "what is new comes first",
            "known violations are not called holding",
        ),
        *("known violations of what is undecided are not hidden", "nor beside others that are undecided"),
        *("what more evidence would not decide is not too little", "nothing is called new where a check failed"),
    ],
)
def test_what_became_of_the_guarantees_is_one_sentence(
    sample: Any, judged: Callable[[Any], list[Verdict]], said: str
) -> None:
    assert sentence(sample.report(judged(sample))) == said


def test_what_is_new_stands_before_what_is_known_and_what_is_not_decided(sample: Any) -> None:
    known = [sample.broken(name, known=True) for name in ("a", "b")]
    others = [*known, sample.lacking("activation"), *sample.holding("recovery")]
    report = sample.report([*others, sample.broken("turns", anomaly="cut off")])
    assert sentence(report) == (
        "Violated in new ways: 1 of the 5 guarantees of Dapr 1.18.2 (turns); 2 in known ways; 1 holds, 1 undecided."
    )
    assert clauses(report)[1:] == [
        "broken in new ways: turns (cut off 1x)",
        "undecided: activation",
        "broken in known ways: a, b",
    ]
    report = sample.report(others)
    assert sentence(report) == (
        "Undecided: too little was seen of activation on Dapr 1.18.2 (moves: 11 seen, 20 needed);"
        " 2 guarantees break in known ways; nothing new; 1 holds."
    )
    assert clauses(report)[1:] == ["broken in known ways: a, b"]


def test_a_canary_that_was_not_seen_is_said(sample: Any) -> None:
    report = sample.report(sample.holding("turns"))
    unseen = (Canary(guarantee="turns", seen=False, detail="no overlap"),)
    report = replace(report, verdict=replace(report.verdict, canaries=unseen))
    assert "nothing in this run counts as proved" in sentence(report)


def test_an_outcome_that_no_guarantee_explains_is_said(sample: Any) -> None:
    report = sample.report(sample.holding("turns"))
    report = replace(report, verdict=replace(report.verdict, contradictory=True, problems=("x",)))
    assert sentence(report) == "Error: the history of Dapr 1.18.2 contradicts itself; 1 holds."


def test_a_run_that_broke_off_is_said(sample: Any) -> None:
    run = sample.info("churn", state="failed", failure="disk\nfull")
    report = sample.report(sample.holding("turns"), run=run)
    assert sentence(report).endswith("the run broke off: disk full.")


def test_a_mix_of_versions_is_said(sample: Any) -> None:
    run = sample.info("churn", skew=("control-plane=1.16.0",))
    report = sample.report(sample.holding("turns"), run=run)
    assert sentence(report) == "Holds: turns on Dapr 1.18.2 with control-plane 1.16.0."


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (1234567, "", "1,234,567"),
        (0.12345, "s", "0.123 s"),
        (12.0, "ms", "12 ms"),
        (float("inf"), "s", "none"),
        (1, "calls", "1 call"),
        (1, "losses", "1 loss"),
    ],
)
def test_amounts(value: float, unit: str, said: str) -> None:
    assert amount(value, unit) == said


@pytest.mark.parametrize(("seconds", "said"), [(0, "0 s"), (45.2, "45 s"), (200, "3 min 20 s"), (3900, "1 h 5 min")])
def test_durations(seconds: float, said: str) -> None:
    assert spell(seconds) == said


def test_plain_text_is_one_short_line() -> None:
    assert plain("a\n\x00b\u202ec") == "a b c"
    assert plain("x" * 400, limit=10) == "xxxxxxxxx…"


def struck(fault: str) -> Struck:
    return Struck(fault=fault, times=3, under_way={name: 2 * (name == "turn open") for name in UNDER_WAY})


def test_one_scenario_says_what_it_covers(sample: Any) -> None:
    report = sample.report(sample.holding("turns"))
    report = replace(report, verdict=replace(report.verdict, coverage=(struck("kill host"),)))
    assert coverage(report) == ["covers kill host (3x) with turn open 2x"]


def test_however_many_kinds_of_faults_there_are_the_lines_are_few(sample: Any) -> None:
    report = sample.report(sample.holding("turns"))
    kinds = tuple(struck(f"f{number}") for number in range(60))
    found = coverage(replace(report, verdict=replace(report.verdict, coverage=kinds)))
    assert found[-1] == "covers 48 more kinds of faults"
    assert len(found) == 13


def test_several_scenarios_say_how_many_of_the_owed_pairs_were_seen(sample: Any) -> None:
    pairs = (("a", 2), ("b", 0))
    owed = tuple(Owed(pair=Pair(fault=fault, under_way="turn open"), have=have) for fault, have in pairs)
    verdict = replace(sample.judged(sample.verdict("turns")), owed=owed)
    report = sample.report([verdict, verdict], run=sample.info("verify", parts=("churn", "timers")))
    report = replace(report, verdict=replace(report.verdict, coverage=(struck("a"),)))
    (said,) = coverage(report)
    assert said.startswith("coverage: 1 kind of fault struck 3 times; ")
    assert said.endswith("; 1 of the 2 combinations of fault and moment that this profile has to try were seen")


@pytest.mark.parametrize(
    ("count", "words", "said"),
    [
        (0, ("fault",), "0 faults"),
        (1, ("fault",), "1 fault"),
        (1200, ("fault",), "1,200 faults"),
        (1, ("entry", "entries"), "1 entry"),
        (2, ("entry", "entries"), "2 entries"),
    ],
)
def test_a_number_stands_with_the_right_form_of_its_noun(count: int, words: tuple[str, ...], said: str) -> None:
    assert some(count, *words) == said


def test_a_text_that_is_too_long_loses_whole_clauses() -> None:
    text = "joins that nothing else disturbed: 0 seen, 1 needed (9 more left out, since the cluster was disturbed)"
    assert whole(text, limit=200) == text
    assert whole(text, limit=90) == "joins that nothing else disturbed: 0 seen, 1 needed"
    assert whole("one two three four", limit=10) == "one two…"
