from __future__ import annotations

from dataclasses import dataclass, field

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict import canary
from actorproof.properties.verdict.examination import Examiner, Place
from actorproof.properties.verdict.findings import Budget, Findings, Terms, Violation
from actorproof.properties.verdict.verdict import Canary
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History
from tests.properties.terms import CATALOGUE

BUDGET = Budget(time_s=1.5)
TURNS = CATALOGUE.terms("turns", "soak")


@dataclass(slots=True)
class Checker:
    """Sees so many violations in each part in turn; None fails. Keeps what it is given."""

    seen: list[int | None]
    given: list[tuple[Terms, Budget]] = field(default_factory=list)

    def __call__(self, timeline: Timeline, terms: Terms, budget: Budget) -> Findings:
        self.given.append((terms, budget))
        count = self.seen.pop(0)
        if count is None:
            raise KeyError("gone")
        one = Violation(anomaly="same host", actor="Canary/c", summary="s", events=(), at_ns=1)
        return Findings(violations=(one,) * count)


def guarantee(id_: str, search: Checker, *, canary: bool = True) -> dict[str, Guarantee]:
    return {id_: Guarantee(id=id_, search=search, canary=canary)}


def part(*, sings: bool = True, closed: bool = True, log: bool = True) -> Timeline:
    h = History()
    h.call("Canary/c" if sings else "Canaryish/c", h.app("host-1"), 1.0, 2.0)
    if not log:
        h.add(ev.StoreLogBroken, 3.0, reason="cut")
    if closed:
        h.close(9.0)
    return h.timeline()


def heard(parts: list[Timeline], checker: Checker) -> Canary:
    known = guarantee("turns", checker)
    found = [
        canary.hear(
            each, guarantees=known, terms={"turns": TURNS}, budget=BUDGET, where=Place(number=n, of=len(parts)).said
        )
        for n, each in enumerate(parts, start=1)
    ]
    (said,) = canary.heard(found, guarantees=["turns"])
    return said


def test_seen_in_every_part() -> None:
    assert heard([part(), part()], Checker([2, 3])) == Canary(
        guarantee="turns", seen=True, detail="5 violations by the canary seen", blind=False
    )


def test_its_checker_gets_the_terms_and_the_budget() -> None:
    checker = Checker([1])
    heard([part()], checker)
    assert checker.given == [(TURNS, BUDGET)]


def test_only_promises_with_a_canary_that_is_to_sing_are_listened_for() -> None:
    unbroken = guarantee("activation", Checker([]), canary=False)
    known = guarantee("turns", Checker([1])) | guarantee("durability", Checker([1])) | unbroken

    def singing(canaries: list[str] | None, among: dict[str, Guarantee]) -> tuple[str, ...]:
        return Examiner(
            catalogue=CATALOGUE, profile="soak", guarantees=[], budget=BUDGET, known=among, canaries=canaries
        ).singing()

    assert singing(None, known) == ("turns", "durability")
    assert singing(["turns", "activation"], known) == ("turns",)
    assert singing(None, {}) == ()


def test_every_part_that_missed_it_is_named() -> None:
    said = heard([part(sings=False), part(), part(), part()], Checker([None, 0, 1]))
    assert said == Canary(
        guarantee="turns",
        seen=False,
        detail=(
            "part 1 has no canary operation; in part 2 the checker failed: KeyError('gone'); "
            "in part 3 the canary broke turns and was not seen"
        ),
        blind=True,
    )
    assert heard([part(sings=False)], Checker([])).detail == "the run has no canary operation"


def test_only_a_sound_history_makes_a_miss_blind() -> None:
    for unsound in (part(closed=False), part(log=False)):
        assert heard([unsound], Checker([0])).blind is False
        assert heard([unsound], Checker([None])).blind is True
    for sound in (part(), part(sings=False)):
        assert heard([sound], Checker([0])).blind is True
    assert heard([part(sings=False, closed=False)], Checker([])).blind is False
    assert heard([part(), part(closed=False)], Checker([0, 0])).blind is True
    assert heard([part(sings=False), part(sings=False, closed=False)], Checker([])).blind is True


def test_no_history() -> None:
    assert heard([], Checker([])) == Canary(guarantee="turns", seen=False, detail="there is no history", blind=False)
