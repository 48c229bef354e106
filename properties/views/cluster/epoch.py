"""Epochs: the times in which one placement table was in force everywhere and nothing disturbed the cluster.

What the census saw of tables and sidecars may be late by `observed_late_s`; what the harness did itself is known to the
instant. So an epoch ends where the next change may first have happened, and begins where the last one must be over:
placement waits for a host at most its dissemination time-out, and goes on without it then. Whatever was paused, killed,
cut or otherwise faulted counts as disturbed for `wake_s` after it came back. What is seen just after a stall of the
machine may have happened when that began.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.findings import Terms
from actorproof.properties.views.cluster.join import Join, joins
from actorproof.properties.views.cluster.outage import Spans, died_by_ns, merged, touches
from actorproof.properties.views.records import FAR_FUTURE_NS, FAR_PAST_NS, FaultSpan, Life, Operation, Turn, host_of
from actorproof.properties.views.stall import BEAT_NS, STALL_NS
from actorproof.properties.views.timeline import Timeline

NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Epoch:
    """One version of the table.

    Attributes:
        table: the first look at it.
        hosts: those that it has with actor types.
        spans: when it was in force everywhere and nothing disturbed the cluster, disjoint and in order; never none.
    """

    table: ev.TableObserved
    hosts: frozenset[str]
    spans: Spans


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Growth:
    """A join that nothing else disturbed: the last epoch before it and the first one after it."""

    join: Join
    before: Epoch
    after: Epoch


class Epochs:
    """The epochs of one history. `terms` has the limits `wake_s` and `observed_late_s`."""

    def __init__(self, timeline: Timeline, terms: Terms) -> None:
        self._timeline = timeline
        self._wake_ns = round(terms.limits["wake_s"] * NS)
        self._late_ns = round(terms.limits["observed_late_s"] * NS)
        self._stalls = [
            (stall.t_ns - stall.late_ns - BEAT_NS, stall.t_ns + self._late_ns)
            for stall in timeline.stalls
            if isinstance(stall, ev.Stalled) and stall.late_ns >= STALL_NS
        ]
        run = timeline.run
        self._settle_ns = round(run.dissemination_timeout_s * NS) if run else 0
        self._hand_over = run is not None and run.sidecars_hand_over
        self.all: list[Epoch] = list(self._epochs()) if run else []
        self._spans = sorted(
            ((start, end, at) for at, epoch in enumerate(self.all) for start, end in epoch.spans),
        )

    def within(self, start_ns: int, end_ns: int) -> Epoch | None:
        """The epoch of which one undisturbed span has both instants; None when there is none."""
        at = bisect_right(self._spans, (start_ns, FAR_FUTURE_NS, 0)) - 1
        if at < 0 or end_ns >= self._spans[at][1]:
            return None
        return self.all[self._spans[at][2]]

    def called(self, turn: Turn) -> tuple[Epoch, Operation] | None:
        """The epoch in which a turn began, with the call that caused it and began there, too; None if there is none."""
        operation = self._timeline.call_of(turn)
        if operation is None:
            return None
        epoch = self.within(operation.start_ns, turn.start_ns)
        return None if epoch is None else (epoch, operation)

    def growths(self) -> Iterator[Growth]:
        """Every join between two epochs, with nothing else between them that could have moved an actor."""
        for join in joins(self._timeline):
            before = [epoch for epoch in self.all if epoch.spans[0][0] < join.not_before_ns]
            after = [epoch for epoch in self.all if epoch.spans[0][0] >= join.not_before_ns]
            if not before or not after:
                continue
            old, new = before[-1], after[0]
            grown = new.hosts == old.hosts | {join.host} and join.host not in old.hosts
            from_ns, to_ns = old.spans[-1][1], new.spans[0][0]
            between = [t for t in self._timeline.tables if t.leader and from_ns <= t.t_ns < to_ns]
            known = all(frozenset(table.hosts) in {old.hosts, new.hosts} for table in between)
            if grown and known and not touches(self._disturbed(join), from_ns, to_ns):
                yield Growth(join=join, before=old, after=new)

    # ---- when it was calm

    def _epochs(self) -> Iterator[Epoch]:
        disturbed = self._disturbed(None)
        away = self._away()
        looks = self._looks()
        for at, table in enumerate(looks):
            from_ns = table.t_ns + self._settle_ns
            to_ns = self._since(looks[at + 1].t_ns - self._late_ns) if at + 1 < len(looks) else self._timeline.last_ns
            if not table.leader or not table.hosts or from_ns >= to_ns:
                continue
            hosts = frozenset(table.hosts)
            # What decides nothing has nothing to be in order with: the table is all there is to know.
            known: set[str] = set() if self._hand_over else {*away, *hosts}
            unlike = [away[host][0] if host in hosts else away[host][1] for host in known]
            spans = _without((from_ns, to_ns), merged([*disturbed, *(span for spans in unlike for span in spans)]))
            if spans:
                yield Epoch(table=table, hosts=hosts, spans=spans)

    def _looks(self) -> list[ev.TableObserved]:
        """Each look at a table that differs from the one before: another version, or another leader, or none."""
        found: list[ev.TableObserved] = []
        for table in self._timeline.tables:
            if table.leader or (found and found[-1].leader and found[-1].placement == table.placement):
                found.append(table)
        return found

    def _disturbed(self, join: Join | None) -> list[tuple[int, int]]:
        """When something other than a join disturbed the cluster."""
        timeline = self._timeline
        spans = [(timeline.first_ns - self._settle_ns, timeline.phases.get("ready", timeline.last_ns))]
        for life in timeline.lives:
            if join is None or host_of(life.unit) != join.host or not self._of(join, life.started_ns):
                spans.append((life.started_ns - STALL_NS, self._after(life)))
            gone_ns = min(life.stopping_ns, died_by_ns(life))
            if gone_ns != FAR_FUTURE_NS:
                spans.append((gone_ns, gone_ns + self._settle_ns))
            spans += [(start, end + self._wake_ns) for start, end in life.paused]
        for fault in timeline.faults:
            if not _is_join(fault):
                spans.append((fault.start.t_ns, fault.healed_ns + self._wake_ns))
            elif join is None or fault.start.target != join.host:
                took_ns = fault.took.t_ns if fault.took else fault.healed_ns
                spans.append((fault.start.t_ns, took_ns + self._settle_ns))
        return merged((self._since(start), end) for start, end in spans)

    def _since(self, t_ns: int) -> int:
        """The earliest instant at which what is known to have happened by then may have happened, but for a stall."""
        for began_ns, over_ns in reversed(self._stalls):
            if began_ns <= t_ns <= over_ns:
                t_ns = began_ns
        return t_ns

    def _of(self, join: Join, started_ns: int) -> bool:
        """Whether a unit that started then is one of those that joined."""
        return join.not_before_ns - self._settle_ns <= started_ns <= join.not_before_ns + STALL_NS

    def _after(self, life: Life) -> int:
        ready_ns = life.ready_ns if life.ready_ns is not None else life.exited_ns
        return ready_ns + self._settle_ns

    def _away(self) -> dict[str, tuple[Spans, Spans]]:
        """Per host, when its sidecar was not known to be in order, and when it answered at all.

        A host that is in the table has to be in order; one that is not must not answer.
        """
        seen: dict[str, list[ev.SidecarObserved]] = defaultdict(list)
        for look in self._timeline.sidecars:
            seen[look.host].append(look)
        never: tuple[Spans, Spans] = ([(FAR_PAST_NS, FAR_FUTURE_NS)], [])
        found: dict[str, tuple[Spans, Spans]] = defaultdict(lambda: never)
        for host, looks in seen.items():
            lame = [(FAR_PAST_NS, looks[0].t_ns + self._settle_ns)]
            answering: list[tuple[int, int]] = []
            for at, look in enumerate(looks):
                until_ns = looks[at + 1].t_ns if at + 1 < len(looks) else FAR_FUTURE_NS
                if not (look.answers and look.placement_connected and look.host_ready):
                    lame.append((self._since(look.t_ns - self._late_ns), until_ns + self._settle_ns))
                if look.answers:
                    answering.append((self._since(look.t_ns - self._late_ns), until_ns))
            found[host] = merged(lame), merged(answering)
        return found


def _is_join(fault: FaultSpan) -> bool:
    return fault.start.has("joins") and fault.took is not None


def _without(span: tuple[int, int], out: Spans) -> list[tuple[int, int]]:
    """What is left of a span."""
    left: list[tuple[int, int]] = []
    from_ns, to_ns = span
    for start_ns, end_ns in out:
        if end_ns <= from_ns:
            continue
        if start_ns >= to_ns:
            break
        if start_ns > from_ns:
            left.append((from_ns, start_ns))
        from_ns = max(from_ns, end_ns)
    if from_ns < to_ns:
        left.append((from_ns, to_ns))
    return left
