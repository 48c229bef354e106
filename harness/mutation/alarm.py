"""Alarm: everything at once on a runtime without bugs. Whatever is found there is a false alarm."""

from __future__ import annotations

import time
from dataclasses import dataclass

from actorproof.harness.history import events as ev
from actorproof.harness.mutation.trial import history, judged
from actorproof.harness.session.scenario import Options
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import RunVerdict
from actorproof.scenarios.registry import scenario

# Few callers and more time: what a false alarm takes is faults, and a thousand seeds have to fit into minutes.
ALARM_S = 8.0
ALARM_CLIENTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What a seed gave on a runtime without bugs; `violations` and `fault` are empty when all is well.

    Attributes:
        faults, operations, turns: what the run had in it.
        digest: of its history, byte for byte.
        seconds: of processor time.
    """

    seed: int
    violations: tuple[str, ...] = ()
    fault: str = ""
    faults: int = 0
    operations: int = 0
    turns: int = 0
    digest: str = ""
    seconds: float = 0.0

    @property
    def raised(self) -> bool:
        """Whether something was found."""
        return bool(self.violations or self.fault)


def alarm(seed: int) -> Alarm:
    """Run a seed and judge it."""
    began_s = time.process_time()
    everything = scenario("everything-at-once")
    options = _alarming(seed)
    try:
        events, digest = history(everything, options)
        verdict = judged(everything, options, events)
    except Exception as error:  # noqa: BLE001 - told by its seed, and the others go on
        return Alarm(seed=seed, fault=f"{type(error).__name__}: {error}", seconds=time.process_time() - began_s)
    return Alarm(
        seed=seed,
        violations=tuple(
            f"{each.guarantee}: {v.anomaly}: {v.summary}" for each in verdict.guarantees for v in each.violations
        ),
        fault=_fault(verdict),
        faults=sum(isinstance(event, ev.FaultTook) for event in events),
        operations=sum(isinstance(event, ev.Invoked) for event in events),
        turns=sum(isinstance(event, ev.TurnStarted) for event in events),
        digest=digest,
        seconds=time.process_time() - began_s,
    )


def _alarming(seed: int) -> Options:
    # Not quick, which draws less.
    return Options(seed=seed, driver="simulated", profile="standard", duration_s=ALARM_S, clients=ALARM_CLIENTS)


def _fault(verdict: RunVerdict) -> str:
    if verdict.outcome is not Outcome.ERROR:
        return ""
    return "; ".join(verdict.problems) or "a checker failed, or the canary was not seen"


def replay(seed: int) -> tuple[int, str]:
    """A seed and the digest of its history, run once more."""
    everything = scenario("everything-at-once")
    try:
        return seed, history(everything, _alarming(seed))[1]
    except Exception as error:  # noqa: BLE001 - a history that could not be made again is another one
        return seed, f"{type(error).__name__}: {error}"
