from __future__ import annotations

from dataclasses import dataclass, field

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict.canary import listen
from actorproof.properties.verdict.findings import Budget, Findings, Terms, Violation
from actorproof.properties.verdict.verdict import Canary
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

    def __call__(self, timeline: Timeline, terms: Terms, budget: Budget) -> Findings:
        self.given.append((terms, budget))
        count = self.seen.pop(0)
        if count is None:
            raise KeyError("gone")
        one = Violation(anomaly="same host", actor="Canary/c", summary="s", events=(), at_ns=1)
        return Findings(violations=(one,) * count)


def guarantee(id_: str, search: Checker, *, canary: bool = True) -> dict[str, Guarantee]:
    return {id_: Guarantee(id=id_, search=search, canary=canary)}


def part(*, canary: bool = True, closed: bool = True, log: bool = True) -> Timeline:
    h = History()
    h.call("Canary/c" if canary else "Canaryish/c", h.app("host-1"), 1.0, 2.0)
    if not log:
        h.add(ev.StoreLogBroken, 3.0, reason="cut")
    if closed:
        h.close(9.0)
    return h.timeline()


def heard(parts: list[Timeline], *seen: int | None) -> Canary:
    (said,) = listen(parts, guarantees=guarantee("turns", Checker([*seen])), terms=SOAK, budget=BUDGET)
    return said


def test_seen_in_every_part() -> None:
    assert heard([part(), part()], 2, 3) == Canary(
        guarantee="turns", seen=True, detail="5 violations by the canary seen", blind=False
    )


def test_its_checker_gets_the_terms_and_the_budget() -> None:
    checker = Checker([1])
    listen([part()], guarantees=guarantee("turns", checker), terms=SOAK, budget=BUDGET)
    assert checker.given == [(SOAK["turns"], BUDGET)]


def test_only_promises_that_are_judged_are_listened_for() -> None:
    two = guarantee("turns", Checker([1])) | guarantee("durability", Checker([1]))
    both = listen([part()], guarantees=two, terms=SOAK, budget=BUDGET)
    assert [said.guarantee for said in both] == ["turns", "durability"]
    assert listen([part()], guarantees=two, terms={}, budget=BUDGET) == ()
    assert listen([part()], guarantees={}, terms=SOAK, budget=BUDGET) == ()
    unbroken = guarantee("turns", Checker([1]), canary=False)
    assert listen([part()], guarantees=unbroken, terms=SOAK, budget=BUDGET) == ()


def test_every_part_that_missed_it_is_named() -> None:
    said = heard([part(canary=False), part(), part(), part()], None, 0, 1)
    assert said == Canary(
        guarantee="turns",
        seen=False,
        detail=(
            "part 1 has no canary operation; in part 2 the checker failed: KeyError('gone'); "
            "in part 3 the canary broke turns and was not seen"
        ),
        blind=True,
    )
    assert heard([part(canary=False)]).detail == "the run has no canary operation"


def test_only_a_sound_history_makes_a_miss_blind() -> None:
    for unsound in (part(closed=False), part(log=False)):
        assert heard([unsound], 0).blind is False
        assert heard([unsound], None).blind is True
    for sound in (part(), part(canary=False)):
        assert heard([sound], 0).blind is True
    assert heard([part(canary=False, closed=False)]).blind is False
    assert heard([part(), part(closed=False)], 0, 0).blind is True
    assert heard([part(canary=False), part(canary=False, closed=False)]).blind is True


def test_no_history() -> None:
    assert heard([]) == Canary(guarantee="turns", seen=False, detail="there is no history", blind=False)
