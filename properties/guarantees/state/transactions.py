"""transactions: what one turn saves is stored as a whole, or not at all, and money is neither made nor lost.

Judged is the store's own log, where every value names the turn that wrote it, so that what a final state hides shows.

- *torn*: a save of several keys of which the log has some, and no one commit has all of them;
- *write cycle* (G0): two saves of one actor of which each overwrote a key of the other. Whole ones can't, so it is
  looked for where something is torn;
- *sum changed*: a transfer is committed, and the sum over an actor's accounts is another one than before.

A sum may change although transactions are whole, where a turn saved what it had worked out from older balances: that
is *stale*, a clause, and belongs to `turns`, `activation` and `linearizability`. Nobody's balances are stale as long as
the actor's turns ran one after the other, no instance came back after another one, and each save was acknowledged. Once
the log has a save of a later turn, what an earlier turn saves is stale, too.

Opportunities: saves of several keys of which the log has something; sums that were known before and after, with nobody
stale.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from actorproof.harness.history import events as ev
from actorproof.plural import some
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.linearizability.transactions.cycles import cycles
from actorproof.properties.linearizability.transactions.list_append import APPEND, dependencies
from actorproof.properties.linearizability.transactions.txn import READ, Micro, Txn
from actorproof.properties.verdict.findings import EventRef, Findings, Terms, Violation
from actorproof.properties.views.records import FAR_FUTURE_NS, FAR_PAST_NS, Save, Turn, ref
from actorproof.properties.views.state.commits import canonical
from actorproof.properties.views.state.ledger import field_of, writes_of
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.sketch import Sketch

TORN = "torn"
CYCLE = "write cycle"
SUM = "sum changed"
STALE = "stale"
EVIDENCE = ("transactions", "unanswered", "sums")
ACCOUNT = "account-"
BALANCE = "balance"
WRITER = "turn"
Key = tuple[str, str, str | None]


def check(timeline: Timeline, terms: Terms) -> Findings:
    """Hold every save of several keys, and every sum of accounts, against the store's log."""
    return _Log(timeline, terms).findings()


GUARANTEE = Guarantee(id="transactions", check=check, from_any_history=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A save, and for each of its keys the commits that have it as it was written."""

    save: Save
    commits: Mapping[str, frozenset[int]]

    @property
    def seen(self) -> bool:
        return any(self.commits.values())

    @property
    def whole(self) -> bool:
        return bool(frozenset.intersection(*self.commits.values()))


class _Log:
    def __init__(self, timeline: Timeline, terms: Terms) -> None:
        self._timeline = timeline
        self._sketch = Sketch(timeline, wake_s=terms.limits["wake_s"])
        self._at: dict[Key, list[int]] = defaultdict(list)
        for number, commit in enumerate(timeline.commits):
            for write in commit.writes:
                self._at[write.actor, write.key, canonical(write.value)].append(number)
        self._violations: list[Violation] = []
        self._excused: Counter[str] = Counter()

    def findings(self) -> Findings:
        gone = self._gone()
        if gone:
            return Findings(evidence=dict.fromkeys(EVIDENCE, 0), missing=[gone])
        several = list(self._several())
        stored = [each for each in several if each.seen]
        torn = [each for each in stored if not each.whole]
        for actor in sorted({each.save.actor for each in torn}):
            of_actor = [each for each in torn if each.save.actor == actor]
            woven = self._cycles([each.save for each in stored if each.save.actor == actor])
            for each in of_actor:
                if each.save.turn not in woven:
                    self._torn(each)
        sums = self._sums(torn)
        unanswered = sum(not each.save.acknowledged for each in several)
        return Findings(
            violations=sorted(self._violations, key=lambda violation: violation.at_ns),
            evidence=dict(zip(EVIDENCE, (len(stored), unanswered, sums), strict=True)),
            opportunities={TORN: len(stored), CYCLE: len(stored), SUM: sums},
            excused=self._excused,
        )

    def _gone(self) -> str:
        if not self._timeline.whole:
            return "the history has gaps: a commit that it lacks may have the rest"
        if self._timeline.store_log_broken:
            return f"the store's own log broke: {self._timeline.store_log_broken}"
        return "" if self._timeline.commits else "the store's own log is missing"

    def _several(self) -> Iterator[Stored]:
        """Every save of more than one key whose actor's commits are told from others'."""
        for save in self._timeline.saves:
            writes = dict(writes_of(save))
            if len(writes) > 1 and save.actor not in self._timeline.unclear:
                found = {key: frozenset(self._at.get((save.actor, key, canonical(v)), ())) for key, v in writes.items()}
                yield Stored(save=save, commits=found)

    # ---- telling

    def _torn(self, stored: Stored) -> None:
        lacking = sorted(key for key, commits in stored.commits.items() if not commits)
        first = self._timeline.commits[min(min(commits) for commits in stored.commits.values() if commits)]
        how = f"has no {lacking[0]} of it" if lacking else "has its keys in different commits"
        self._report(
            TORN,
            stored.save,
            f"a save of {some(len(stored.commits), 'key')} was stored in part: the store's log {how}",
            at_ns=first.t_ns,
            commits=[first],
        )

    def _cycles(self, saves: Sequence[Save]) -> set[str]:
        """The turns that take part in cycles of an actor's saves: each key as a list that its writers appended to."""
        woven: set[str] = set()
        names = {save.turn: save for save in saves}
        order: dict[str, list[str]] = defaultdict(list)
        for commit in self._timeline.commits:
            for write in commit.writes:
                writer = field_of(write.value, WRITER) if write.actor == saves[0].actor else None
                if isinstance(writer, str) and writer in names and writer not in order[write.key]:
                    order[write.key].append(writer)
        steps = [tuple(Micro(APPEND, key, turn) for key in order if turn in order[key]) for turn in names]
        reads = tuple(Micro(READ, key, tuple(writers)) for key, writers in order.items())
        txns = [_txn(name, each) for name, each in zip([*names, "the log"], [*steps, reads], strict=True)]
        for anomaly in cycles(dependencies(txns)):
            first = names[txns[anomaly.transactions[0]].name]
            turns = {txns[number].name for number in anomaly.transactions}
            others = sorted(turns - {first.turn})
            woven |= turns
            self._report(
                CYCLE,
                first,
                f"{anomaly.name}: it and that of {', '.join(others)} each overwrote a key of the other",
                at_ns=first.start.t_ns,
                commits=[],
            )
        return woven

    def _report(self, anomaly: str, save: Save, how: str, *, at_ns: int, commits: Sequence[ev.StoreCommitted]) -> None:
        turn = self._timeline.turn(save.turn)
        met, spans = self._sketch.meeting([turn], at_ns=at_ns) if turn is not None else ((), ())
        own: list[EventRef] = [ref(save.start, "save is sent"), *(ref(commit, "commit") for commit in commits)]
        if save.end is not None:
            own.append(ref(save.end, "acknowledged" if save.acknowledged else "not acknowledged"))
        self._violations.append(
            Violation(
                anomaly=anomaly,
                actor=save.actor,
                summary=f"{save.id} of turn {save.turn}: {how}",
                events=(*met, *own),
                spans=spans,
                trigger=self._sketch.trigger(at_ns),
                at_ns=at_ns,
            )
        )

    # ---- sums

    def _sums(self, torn: Sequence[Stored]) -> int:
        """Follow the balances of every actor; how often a sum was known before and after a commit.

        What comes after a torn save is no news.
        """
        until = {each.save.actor: each.save.start.t_ns for each in reversed(torn)}
        held: dict[str, dict[str, int]] = defaultdict(dict)
        sure: dict[str, int] = {}
        saves = {(save.turn, save.actor): save for save in self._timeline.saves}
        count = 0
        for commit in self._timeline.commits:
            for actor, (balances, writer) in balances_in(commit).items():
                known = held[actor]
                opens = not balances.keys() <= known.keys()
                after = {**known, **balances}
                save = saves.get((writer, actor))
                if actor not in sure:
                    sure_ns = sure_until_ns(self._timeline.turns_of(actor))
                    sure[actor] = min(sure_ns, until.get(actor, FAR_FUTURE_NS))
                fresh = save is not None and save.start.t_ns < sure[actor]
                if not fresh:
                    sure[actor] = 0  # whoever's save comes later did not know of this one
                if not opens and save is not None:
                    count += fresh
                    if sum(after.values()) != sum(known.values()) and save.start.t_ns < until.get(actor, FAR_FUTURE_NS):
                        self._changed(commit, save, fresh=fresh, was=sum(known.values()), now=sum(after.values()))
                held[actor] = after
        return count

    def _changed(self, commit: ev.StoreCommitted, save: Save, *, fresh: bool, was: int, now: int) -> None:
        if not fresh:
            self._excused[STALE] += 1
            return
        how = f"the sum over the accounts was {was} before its commit and {now} after it"
        self._report(SUM, save, how, at_ns=commit.t_ns, commits=[commit])


def balances_in(commit: ev.StoreCommitted) -> dict[str, tuple[dict[str, int], str]]:
    """Per actor the balances that a commit writes, and the turn that wrote them."""
    found: dict[str, tuple[dict[str, int], str]] = {}
    for write in commit.writes:
        balance = field_of(write.value, BALANCE) if write.key.startswith(ACCOUNT) else None
        writer = field_of(write.value, WRITER)
        if isinstance(balance, int) and isinstance(writer, str):
            found.setdefault(write.actor, ({}, writer))[0][write.key] = balance
    return found


def sure_until_ns(turns: Sequence[Turn]) -> int:
    """Up to when nobody's balances are stale: from the first turn on of which that can't be said."""
    busy_ns = FAR_PAST_NS
    gone: set[tuple[str, str, int]] = set()
    for before, turn in pairwise(turns):
        busy_ns = max(busy_ns, before.end_ns)
        if before.instance != turn.instance:
            gone.add(before.instance)
        lost = not all(save.acknowledged for save in before.saves)
        if turn.start_ns <= busy_ns or turn.instance in gone or lost:
            return turn.start_ns
    return FAR_FUTURE_NS


def _txn(name: str, steps: tuple[Micro, ...]) -> Txn:
    return Txn(name=name, process=name, outcome="ok", steps=steps, start=0, end=None, line=0)
