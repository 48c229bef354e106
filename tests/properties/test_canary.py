from __future__ import annotations

from dataclasses import dataclass, field

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.canary import listen
from actorproof.properties.verdict.judgement import CanaryWord
from actorproof.properties.verdict.verdict import Budget, Outcome, Terms, Verdict, Violation
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History
from tests.properties.terms import CATALOGUE

BUDGET = Budget(time_s=1.5)
SOAK = {"turns": CATALOGUE.terms("turns", "soak"), "durability": CATALOGUE.terms("durability", "soak")}


@dataclass(slots=True)
class Checker:
    """Sees so many violations in each part in turn; None fails. Keeps what it is given."""

    seen: list[int | None]
    given: list[tuple[Terms, Budget]] = field(default_factory=list)

    def __call__(self, timeline: Timeline, terms: Terms, budget: Budget) -> Verdict:
        self.given.append((terms, budget))
        count = self.seen.pop(0)
        if count is None:
            raise KeyError("gone")
        one = Violation(anomaly="same host", actor="Canary/c", summary="s", events=(), at_ns=1)
        outcome = Outcome.VIOLATED if count else Outcome.HOLDS
        return Verdict(guarantee=terms.guarantee, outcome=outcome, violations=(one,) * count)


def part(*, canary: bool = True, closed: bool = True, log: bool = True) -> Timeline:
    h = History()
    h.call("Canary/c" if canary else "Canaryish/c", h.app("host-1"), 1.0, 2.0)
    if not log:
        h.add(ev.StoreLogBroken, 3.0, reason="cut")
    if closed:
        h.close(9.0)
    return h.timeline()


def word(parts: list[Timeline], *seen: int | None) -> CanaryWord:
    (said,) = listen(parts, checkers={"turns": Checker([*seen])}, terms=SOAK, budget=BUDGET)
    return said


def test_seen_in_every_part() -> None:
    assert word([part(), part()], 2, 3) == CanaryWord(
        guarantee="turns", red=True, detail="5 violations by the canary were seen", blind=False
    )


def test_its_checker_gets_the_budget_and_is_asked_for_no_evidence() -> None:
    checker = Checker([1])
    listen([part()], checkers={"turns": checker}, terms=SOAK, budget=BUDGET)
    ((terms, budget),) = checker.given
    assert budget is BUDGET
    assert terms.thresholds == dict.fromkeys(SOAK["turns"].thresholds, 0)
    assert terms.limits == SOAK["turns"].limits


def test_only_promises_that_are_judged_are_listened_for() -> None:
    checkers = {"turns": Checker([1]), "durability": Checker([1])}
    both = listen([part()], checkers=checkers, terms=SOAK, budget=BUDGET)
    assert [said.guarantee for said in both] == ["turns", "durability"]
    assert listen([part()], checkers=checkers, terms={}, budget=BUDGET) == ()
    assert listen([part()], checkers={}, terms=SOAK, budget=BUDGET) == ()


def test_every_part_that_missed_it_is_named() -> None:
    said = word([part(canary=False), part(), part(), part()], None, 0, 1)
    assert said == CanaryWord(
        guarantee="turns",
        red=False,
        detail=(
            "part 1 has no canary operation; in part 2 the checker failed: KeyError('gone'); "
            "in part 3 the canary broke turns and was not seen"
        ),
        blind=True,
    )
    assert word([part(canary=False)]).detail == "the run has no canary operation"


def test_only_a_sound_history_makes_a_miss_blind() -> None:
    for unsound in (part(closed=False), part(log=False)):
        assert word([unsound], 0).blind is False
        assert word([unsound], None).blind is True
    for sound in (part(), part(canary=False)):
        assert word([sound], 0).blind is True
    assert word([part(canary=False, closed=False)]).blind is False
    assert word([part(), part(closed=False)], 0, 0).blind is True
    assert word([part(canary=False), part(canary=False, closed=False)]).blind is True


def test_no_history() -> None:
    assert word([]) == CanaryWord(guarantee="turns", red=False, detail="there is no history", blind=False)
