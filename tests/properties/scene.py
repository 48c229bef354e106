"""Scenes: a history told in one line, so that a table can hold the boundaries of a rule.

    set due_s=2 period_s=1; fire 2.1 3.2; pause 5 6; leave 9

A step is a method of the scene, its times in seconds from the run's start, and its options, as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from tests.properties.builder import History
from tests.properties.terms import free, verdict_on


class Scene(History):
    """A history of one actor on host-1, or `away` on host-2."""

    guarantee = ""
    actor = ""
    end_s = 60.0

    def __init__(self, **run: Any) -> None:
        super().__init__(**run)
        self.one = self.app("host-1")
        self.two = self.app("host-2")

    def tell(self, text: str) -> Self:
        """Take each step."""
        for step in filter(None, map(str.strip, text.split(";"))):
            verb, *words = step.split()
            times = [float(word) for word in words if "=" not in word]
            how = {name: json.loads(value) for name, _, value in (word.partition("=") for word in words) if value}
            getattr(self, verb)(*times, **how)
        return self

    def verdict(self, *, end_s: float | None = None, **limits: float) -> Verdict:
        """What its guarantee comes to, once the run has ended."""
        self.close(self.end_s if end_s is None else end_s)
        return self.so_far(**limits)

    def so_far(self, **limits: float) -> Verdict:
        """What it comes to as the history stands."""
        return verdict_on(self.timeline(), free(self.guarantee, **limits))

    def ping(self, from_s: float, to_s: float, *, away: bool = False, instance: int = 1) -> None:
        """A call of somebody else."""
        process = self.two if away else self.one
        self.call(self.actor, process, from_s, to_s, name="ping", margin_s=0.0, instance=instance)

    def leave(self, at_s: float, *, instance: int = 1) -> None:
        """The actor is deactivated."""
        self.deactivate(self.actor, self.one, at_s, instance=instance)

    def struck(
        self,
        from_s: float,
        to_s: float,
        *,
        verb: str = "pause",
        target: str = "some",
        units: tuple[str, ...] = ("host-2/app",),
        links: tuple[str, ...] = (),
        took: bool = True,
    ) -> None:
        """A fault, by default one that the actor has nothing to do with."""
        self.fault(verb, target, from_s, to_s, units=list(units), links=list(links), took=took)

    def cut(self, from_s: float, to_s: float, *, link: str = "host-2>app") -> None:
        """A link is cut."""
        self.fault("cut", link, from_s, to_s, links=[link])

    def stall(self, at_s: float, *, late_s: float = 2.0) -> None:
        """The machine stood still."""
        self.add(ev.Stalled, at_s, late_ns=round(late_s * 1e9))

    def step(self, at_s: float, *, by_s: float = 4.0) -> None:
        """The wall clock stepped."""
        self.add(ev.WallStepped, at_s, step_ns=round(by_s * 1e9))

    def died(self, at_s: float, *, unit: str = "host-1/app", gone_after_s: float = 0.01) -> None:
        """A unit was killed, and known to be gone a little later."""
        self.kill(unit, at_s, reaped_after_s=gone_after_s)

    def crash(self, at_s: float, *, unit: str = "host-2/sidecar") -> None:
        """A unit ended by itself."""
        self.exit(unit, at_s, code=2, expected=False)

    def asked(self, at_s: float, *, unit: str = "host-1/app") -> None:
        """A unit was asked to end."""
        self.signal(unit, at_s, "SIGTERM")


class Story(Scene):
    """A history of several actors and callers; where none is named it is the scene's actor, on host 1."""

    def on(self, host: int) -> str:
        """The process of a host's application that started last."""
        return f"host-{host}/app#{self._incarnation[f'host-{host}/app']}"

    def sent(self, from_s: float, to_s: float | None = None, *, actor: str = "", via: int = 1, **how: Any) -> None:
        """A call, or what `action` says; one with a reason has no answer."""
        if "reason" in how:
            how.setdefault("outcome", "info")
        self.operation(actor or self.actor, from_s, to_s, via=f"host-{via}", **how)

    def ran(self, from_s: float, to_s: float | None = None, *, actor: str = "", on: int = 1, **how: Any) -> None:
        """A turn."""
        self.turn(actor or self.actor, self.on(on), from_s, to_s, **how)

    def called(self, from_s: float, to_s: float, *, actor: str = "", on: int = 1, **how: Any) -> None:
        """A call that was answered, and its turn."""
        self.call(actor or self.actor, self.on(on), from_s, to_s, **how)

    def saved(
        self,
        from_s: float,
        to_s: float | None = None,
        *,
        turn: str,
        acknowledged: bool = True,
        commit: tuple[float, float] | None = None,
        **writes: Any,
    ) -> None:
        """A save of a turn, which the store committed within two instants, or never."""
        texts = [(key, each if isinstance(each, str) else json.dumps(each)) for key, each in writes.items()]
        save = self.save(turn, texts, from_s, to_s, acknowledged=acknowledged)
        if commit is not None:
            self.commit(save, *commit)

    def stored(self, after_s: float, by_s: float, *, actor: str = "", **writes: str) -> None:
        """The store committed something, whoever saved it."""
        self.commit_writes([(actor or self.actor, key, value) for key, value in writes.items()], after_s, by_s)

    def left(self, at_s: float, *, actor: str = "", on: int = 1, instance: int = 1) -> None:
        """An actor is deactivated."""
        self.deactivate(actor or self.actor, self.on(on), at_s, instance=instance)

    def tabled(self, at_s: float, version: float, *, hosts: tuple[int, ...] = (1, 2), **how: Any) -> None:
        """A placement table has these hosts."""
        self.table(at_s, int(version), [f"host-{host}" for host in hosts], **how)

    def sees(self, at_s: float, *, host: int = 1, **how: Any) -> None:
        """A sidecar says of itself that it is in order, or what it lacks."""
        self.sidecar(at_s, f"host-{host}", **how)

    def joined(self, at_s: float, *, host: int, sidecar: bool = True) -> None:
        """A host's application starts, perhaps once more."""
        self.app(f"host-{host}", at_s, sidecar=sidecar)

    def started(self, at_s: float, *, unit: str, ready_s: float | None = None) -> None:
        """A unit starts."""
        self.start(unit, at_s, ready_s=ready_s)

    def ended(self, at_s: float, *, unit: str) -> None:
        """A unit ends in order."""
        self.exit(unit, at_s, code=0)

    def paused(self, from_s: float, to_s: float, *, unit: str = "host-1/app") -> None:
        """A unit stands still."""
        self.pause(unit, from_s, to_s)


def rules(names: str, *rows: tuple[Any, ...]) -> pytest.MarkDecorator:
    """A test's rows, each a rule, by which it is called, and then values of these names."""
    return pytest.mark.parametrize(names.split(), [each[1:] for each in rows], ids=[each[0] for each in rows])


@dataclass(frozen=True, kw_only=True)
class Row:
    """One boundary: what is told, and what the verdict says of it. What is not named in a mapping has no count.

    `says` stands in the sentence of each violation.
    """

    rule: str
    told: str
    classes: Mapping[str, int] = field(default_factory=dict)
    says: str = ""
    doubts: tuple[str, ...] = ()
    evidence: Mapping[str, int] = field(default_factory=dict)
    opportunities: Mapping[str, int] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    outcome: Outcome | None = None
    missing: tuple[str, ...] | None = None
    end_s: float | None = None
    run: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)

    def check(self, scene: type[Scene]) -> None:
        """Tell it, and compare."""
        verdict = scene(**self.run).tell(self.told).verdict(end_s=self.end_s, **self.limits)
        have = {each.name: each.have for each in verdict.evidence}
        said = {figure.name: figure.value for figure in verdict.figures}
        assert dict(verdict.classes) == self.classes
        assert all(self.says in violation.summary for violation in verdict.violations), verdict.violations
        assert tuple(doubt.anomaly for doubt in verdict.doubts) == self.doubts
        assert self.outcome in {None, verdict.outcome}
        assert self.missing in {None, verdict.missing}
        assert {name: have[name] for name in self.evidence} == self.evidence
        assert {name: verdict.opportunities.get(name, 0) for name in self.opportunities} == self.opportunities
        assert {name: said[name] for name in self.figures} == self.figures


def row(rule: str, told: str, **expected: Any) -> Row:
    """A row of a table; `classes` may be one class that is found once."""
    found = expected.pop("classes", {})
    return Row(rule=rule, told=told, classes={found: 1} if isinstance(found, str) else found, **expected)


def table(*rows: Row) -> pytest.MarkDecorator:
    """A test's rows, each by its rule."""
    return pytest.mark.parametrize("row", rows, ids=[each.rule for each in rows])
