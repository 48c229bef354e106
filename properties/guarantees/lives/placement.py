"""placement: every actor has one owner in one table version, hosts share actors evenly, and a join moves its share.

Judged are turns that began while one table was in force everywhere and nothing disturbed the cluster (see `epoch`), of
calls that began then, too: what was sent before may still be on its way to an owner of before.

- *two owners*: turns of one actor on two hosts. Calls come in through every sidecar, so all of them have to see the
  same owner; a call that a sidecar still sends to the old one is found here.
- *moved between old hosts*: over a join that nothing else disturbed, an actor went from one host to another that did
  not join.
- *gross imbalance*, *unfair share of a joiner*: a host's number of actors, or a joiner's, is one that a consistent-hash
  ring gives less often than `chance` (1e-9).

That limit is derived, not chosen. With v points for each of h hosts at random on a ring, the share of one host is the
sum of v of h*v gaps between them, whose law is Beta(v, (h-1)v); of n actors at random on the ring a host then has a
number whose law is the beta-binomial one with these parameters. More points, or a perfect hash, only spread less. Dapr
has 100 points a host (placement's replicationFactor) and hashes an actor's id without its type, so two actors with one
id count once. A host that joins h others has the share of one of h + 1.

How many actors a host has is a conclusion from absence: it takes a history without gaps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import exp, lgamma

from actorproof.plural import some
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict.findings import STOOD_STILL, Figure, Findings, LeftOut, Span, Terms, Violation
from actorproof.properties.views.cluster.epoch import Epoch, Epochs, Growth
from actorproof.properties.views.cluster.join import Join, joins
from actorproof.properties.views.records import Operation, Turn, ref
from actorproof.properties.views.stall import stalled_between
from actorproof.properties.views.timeline import Timeline

OWNERS = "two owners"
MOVED = "moved between old hosts"
IMBALANCE = "gross imbalance"
UNFAIR = "unfair share of a joiner"


def check(timeline: Timeline, terms: Terms) -> Findings:
    """Judge every epoch and every join between two, with a few sums a host."""
    epochs = Epochs(timeline, terms)
    tally = _Tally(timeline=timeline, chance=terms.limits["chance"], points=round(terms.limits["virtual_nodes"]))
    homes = _homes(timeline, epochs)
    for epoch, home in homes.items():
        tally.judge_owners(epoch, home)
        tally.judge_balance(epoch, home)
    growths = list(epochs.growths())
    for growth in growths:
        if growth.before in homes and growth.after in homes:
            tally.judge_growth(growth, homes[growth.before], homes[growth.after])
    have = {
        "placed_ids": tally.placed,
        "actors_seen_from_two": tally.seen_from_two,
        "joins": tally.joins,
        "ids_over_joins": tally.over_joins,
    }
    return Findings(
        violations=tally.violations,
        evidence=have,
        opportunities=tally.opportunities,
        figures=tally.figures(),
        left_out=list(tally.left_out(growths)),
    )


GUARANTEE = Guarantee(id="placement", check=check)


@dataclass(slots=True, kw_only=True)
class _Home:
    """Where the actors of one epoch were.

    Attributes:
        calls: per actor, the turns that can be judged, with their calls.
        owners: per id, the turn that shows its host, whatever caused it.
    """

    calls: dict[str, list[tuple[Turn, Operation]]] = field(default_factory=dict)
    owners: dict[str, Turn] = field(default_factory=dict)


def _homes(timeline: Timeline, epochs: Epochs) -> dict[Epoch, _Home]:
    homes: dict[Epoch, _Home] = {}
    for turn in timeline.turns:
        epoch = epochs.within(turn.start_ns, turn.start_ns)
        if epoch is None or turn.host not in epoch.hosts:
            continue
        home = homes.setdefault(epoch, _Home())
        home.owners.setdefault(turn.actor.partition("/")[2], turn)
        called = epochs.called(turn)
        if called is not None:
            home.calls.setdefault(turn.actor, []).append((turn, called[1]))
    return homes


@dataclass(slots=True, kw_only=True)
class _Tally:
    """What was judged so far."""

    timeline: Timeline
    chance: float
    points: int
    placed: int = 0
    seen_from_two: int = 0
    joins: int = 0
    over_joins: int = 0
    moved: int = 0
    counted: set[Join] = field(default_factory=set)
    violations: list[Violation] = field(default_factory=list)
    opportunities: Counter[str] = field(default_factory=Counter)
    loads: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)

    def judge_owners(self, epoch: Epoch, home: _Home) -> None:
        """Whether each actor had one owner, whichever sidecar was asked."""
        for calls in home.calls.values():
            if len(calls) == 1:
                continue
            self.opportunities[OWNERS] += 1
            self.seen_from_two += len({operation.start.via for _, operation in calls}) > 1
            first = calls[0]
            other = next((call for call in calls if call[0].host != first[0].host), None)
            if other is not None:
                self._violate(
                    OWNERS,
                    first,
                    other,
                    epoch,
                    f"Its turns ran on {first[0].host}, asked through {first[1].start.via}, and on {other[0].host},"
                    f" asked through {other[1].start.via}; all the time version {epoch.table.version} of the table was"
                    " in force",
                )

    def judge_balance(self, epoch: Epoch, home: _Home) -> None:
        """Whether each host had about its share."""
        hosts, ids = len(epoch.hosts), len(home.owners)
        if hosts == 1:
            return
        if self._could_be_seen(ids, 1 / hosts):
            self.placed += ids
            self.loads.append(max(Counter(turn.host for turn in home.owners.values()).values()) * hosts / ids)
        self.opportunities[IMBALANCE] += hosts
        counts = Counter(turn.host for turn in home.owners.values())
        if not self.timeline.whole:
            return
        for host in sorted(epoch.hosts):
            if self._tail(counts[host], ids, 1 / hosts) < self.chance:
                shown = [turn for turn in home.owners.values() if turn.host == host] or list(home.owners.values())
                self._violate_share(
                    IMBALANCE,
                    host,
                    [shown[0]],
                    epoch,
                    f"{counts[host]} of {ids} actors were on {host}, one of {hosts} hosts",
                )

    def judge_growth(self, growth: Growth, before: _Home, after: _Home) -> None:
        """Whether a join moved actors only to the joiner, and about its share of them."""
        host, hosts = growth.join.host, len(growth.after.hosts)
        for actor, calls in after.calls.items():
            if actor not in before.calls:
                continue
            self.opportunities[MOVED] += 1
            last, first = before.calls[actor][-1], calls[0]
            if first[0].host not in {last[0].host, host}:
                self._violate(
                    MOVED,
                    last,
                    first,
                    growth.after,
                    f"It moved from {last[0].host} to {first[0].host} when {host} joined",
                )
        both = [id_ for id_ in after.owners if id_ in before.owners]
        if not both:
            return
        moved = [after.owners[id_] for id_ in both if after.owners[id_].host == host]
        if self._could_be_seen(len(both), 1 / hosts):
            self.joins += 1
            self.counted.add(growth.join)
            self.over_joins += len(both)
            self.moved += len(moved)
            self.shares.append(len(moved) * hosts / len(both))
        self.opportunities[UNFAIR] += 1
        if self.timeline.whole and self._tail(len(moved), len(both), 1 / hosts) < self.chance:
            self._violate_share(
                UNFAIR,
                host,
                (moved or [after.owners[both[0]]])[:1],
                growth.after,
                f"{len(moved)} of {some(len(both), 'actor')} moved to {host} when it joined as one of {hosts} hosts",
            )

    def _could_be_seen(self, ids: int, share: float) -> bool:
        """Whether so many ids are enough to see a host that has none or all of them."""
        return all(self._tail(count, ids, share) < self.chance for count in (0, ids))

    def _tail(self, count: int, ids: int, share: float) -> float:
        return tail(count, ids, self.points, round(self.points / share) - self.points)

    def _violate(
        self, anomaly: str, one: tuple[Turn, Operation], other: tuple[Turn, Operation], epoch: Epoch, summary: str
    ) -> None:
        at_ns = other[0].start_ns
        events = [ref(epoch.table, f"version {epoch.table.version} of the table")]
        for turn, operation in (one, other):
            events += [ref(operation.start, f"call through {operation.start.via}"), ref(turn.start, turn.host)]
        self.violations.append(
            self.timeline.violation(
                anomaly=anomaly,
                actor=one[0].actor,
                summary=summary,
                events=events,
                spans=tuple(
                    Span(lane=turn.process, label=turn.ended, start_ns=turn.start_ns, end_ns=self._until(turn))
                    for turn, _ in (one, other)
                ),
                at_ns=at_ns,
            )
        )

    def _violate_share(self, anomaly: str, host: str, shown: Sequence[Turn], epoch: Epoch, summary: str) -> None:
        events = [ref(epoch.table, f"version {epoch.table.version} of the table")]
        events += [ref(turn.start, f"{turn.actor} is on {turn.host}") for turn in shown]
        start_ns, end_ns = epoch.spans[0][0], epoch.spans[-1][1]
        self.violations.append(
            self.timeline.violation(
                anomaly=anomaly,
                actor=host,
                summary=f"{summary}: a ring with {self.points} points a host does so less than once in"
                f" {1 / self.chance:.0e} times",
                events=events,
                spans=(Span(lane="table", label=f"version {epoch.table.version}", start_ns=start_ns, end_ns=end_ns),),
                at_ns=start_ns,
            )
        )

    def _until(self, turn: Turn) -> int:
        return min(turn.end_ns, self.timeline.last_ns)

    def left_out(self, growths: Sequence[Growth]) -> Iterator[LeftOut]:
        """The joins that do not count, and why."""
        calm = {growth.join: growth for growth in growths}
        reasons: Counter[str] = Counter()
        for join in joins(self.timeline):
            if join in self.counted:
                continue
            growth = calm.get(join)
            from_ns, to_ns = join.not_before_ns, min(join.seen_ns, self.timeline.last_ns)
            if growth is not None:  # actors are looked for before it and after it
                from_ns, to_ns = growth.before.spans[0][0], growth.after.spans[-1][1]
            if stalled_between(self.timeline, from_ns, to_ns):
                reasons[STOOD_STILL] += 1
            elif growth is not None:
                reasons["too few actors were seen before and after"] += 1
            else:
                reasons["something else disturbed the cluster"] += 1
        for why, count in reasons.items():
            yield LeftOut(evidence="joins", why=why, count=count)

    def figures(self) -> list[Figure]:
        """How even it really was."""
        found = [Figure(name="actors that a join moved to the joiner", value=self.moved, unit="ids")]
        if self.loads:
            found.append(Figure(name="largest load of a host over the mean", value=max(self.loads), unit="ratio"))
        if self.shares:
            found.append(
                Figure(name="largest share of a joiner over its fair one", value=max(self.shares), unit="ratio")
            )
            found.append(
                Figure(name="smallest share of a joiner over its fair one", value=min(self.shares), unit="ratio")
            )
        return found


@cache
def tail(count: int, ids: int, own: int, others: int) -> float:
    """How likely a host with `own` of `own + others` points gets a number of `ids` as far out as `count`, or further.

    The smaller of both tails of the beta-binomial distribution, `count` included.
    """
    chances = _chances(ids, own, others)
    return min(sum(chances[: count + 1]), sum(chances[count:]))


@cache
def _chances(ids: int, own: int, others: int) -> Sequence[float]:
    whole = _log_beta(own, others)
    return [
        exp(
            lgamma(ids + 1)
            - lgamma(count + 1)
            - lgamma(ids - count + 1)
            + _log_beta(count + own, ids - count + others)
            - whole
        )
        for count in range(ids + 1)
    ]


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
