"""Find: what came of the hunt for one bug, and its plan in a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from actorproof.harness.workload.smaller import TAKES_BACK
from actorproof.harness.workload.step import AnyStep, Burst, Inject, Remind, StartTimer, Wait, Walk

# A shrunk plan must not be longer; one of so few steps is not shrunk any further.
LONGEST = 6
FEW = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """What came of one bug.

    Attributes:
        guarantee, anomaly: what was violated by the shrunk plan; empty when nothing was found.
        fault: what a trial raised that ended the hunt; empty when none did.
        examples: plans that were run until the first violation.
        trials: plans that were run in all.
        seconds: of this process's processor time, until the bug was found and its plan shrunk, or given up.
        replicas: of placement and schedulers, in the run that found it.
        plan: the shrunk one, whole.
        scenario: whose plan it was; the state machine's when empty.
    """

    bug: str
    guarantee: str = ""
    anomaly: str = ""
    fault: str = ""
    examples: int
    trials: int
    seconds: float
    replicas: int = 1
    plan: tuple[AnyStep, ...] = ()
    scenario: str = ""

    @property
    def found(self) -> bool:
        return bool(self.guarantee)

    @property
    def steps(self) -> tuple[AnyStep, ...]:
        """The plan without what only takes back what was done."""
        return tuple(step for step in self.plan if not isinstance(step, TAKES_BACK))

    @property
    def short(self) -> bool:
        """Whether the shrunk plan has few enough steps."""
        return len(self.steps) <= LONGEST


def described(steps: Sequence[AnyStep]) -> str:
    """A plan in a line."""
    return ", ".join(_described(step) for step in steps)


def _described(step: AnyStep) -> str:
    match step:
        case Wait(for_s=for_s):
            return f"{for_s:g} s"
        case Inject(verb=verb, target=target):
            return f"{verb} {target}"
        case Burst(actor=actor, callers=callers, hold_s=hold_s):
            return f"{callers} calls of {hold_s:g} s on {actor}"
        case Remind(due_s=due_s, period_s=period_s):
            return f"remind in {due_s:g} s" + (f", every {period_s:g} s" if period_s else "")
        case StartTimer(due_s=due_s, period_s=period_s):
            return f"timer in {due_s:g} s" + (f", every {period_s:g} s" if period_s else "")
        case Walk(actor=actor, route=route):
            return f"chain of {len(route) + 1} from {actor}"
        case _:
            return type(step).__name__.lower()
