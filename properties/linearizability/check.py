"""Check: whether operations on many objects fit a model, each object by itself.

Linearizability is local: a history fits if the part of each object does (Herlihy and Wing 1990), and so do the parts of
an object that falls apart, such as the keys of a map (P-compositionality: Horn and Kroening 2015): `Model.parts`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass

from actorproof.properties.linearizability.answer import Answer, Linearizable, NotLinearizable, Unknown
from actorproof.properties.linearizability.model import Model
from actorproof.properties.linearizability.operation import Operation
from actorproof.properties.linearizability.search import search
from actorproof.properties.verdict.findings import Budget
from actorproof.properties.verdict.outcome import Outcome

BATCH_OPERATIONS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Answers by object, and the objects that were `skipped` because one violation was enough."""

    answers: Mapping[str, Answer]
    skipped: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Violated if one object is, else unknown if one is, was skipped, or there is none."""
        if any(isinstance(answer, NotLinearizable) for answer in self.answers.values()):
            return Outcome.VIOLATED
        holds = all(isinstance(answer, Linearizable) for answer in self.answers.values())
        return Outcome.HOLDS if holds and self.answers and not self.skipped else Outcome.UNKNOWN

    @property
    def violated(self) -> Mapping[str, NotLinearizable]:
        return {key: answer for key, answer in self.answers.items() if isinstance(answer, NotLinearizable)}

    @property
    def unknown(self) -> Mapping[str, Unknown]:
        return {key: answer for key, answer in self.answers.items() if isinstance(answer, Unknown)}


def keyed(operations: Iterable[Operation]) -> dict[str, list[Operation]]:
    """Operations by their `key`."""
    found: dict[str, list[Operation]] = defaultdict(list)
    for operation in operations:
        found[operation.key].append(operation)
    return dict(found)


def hardness(operations: Sequence[Operation]) -> int:
    """A guess at how long a search takes: operations, times how many of them are under way at once, on average."""
    ended = [
        (operation.start_ns, operation.end_ns)
        for operation in operations
        if operation.end_ns is not None and operation.outcome == "ok"
    ]
    if not ended:
        return len(operations)
    span_ns = max(end_ns for _, end_ns in ended) - min(start_ns for start_ns, _ in ended)
    busy_ns = sum(end_ns - start_ns for start_ns, end_ns in ended)
    doubtful = sum(operation.outcome == "info" for operation in operations)
    return int(len(operations) * (1 + doubtful + busy_ns / max(1, span_ns)))


def check(
    objects: Mapping[str, Sequence[Operation]],
    model: Model,
    *,
    budget: Budget | None = None,
    now: Callable[[], float] | None = None,
    executor: Executor | None = None,
    stop_at_first: bool = False,
) -> Findings:
    """Search every object, the hardest first.

    `budget.time_s` is for all of them together, by the clock `now` in seconds, and `budget.memory_mb` for each search.
    With an `executor` objects are searched side by side; in another process `now` must tell the same time.
    `stop_at_first` skips what is left after a violation.
    BadHistoryError, naming the operation, as in `operation.validate`.
    """
    budget = budget or Budget()
    deadline = now() + budget.time_s if now else 0.0
    order = list(objects)
    if len(order) > 1:
        order.sort(key=lambda key: hardness(objects[key]), reverse=True)
    batches = batches_of(order, objects)
    answers: dict[str, Answer] = {}
    if executor is None:
        for key in order:
            answers[key] = search(objects[key], model, budget=_rest(budget, deadline, now), now=now)
            if stop_at_first and isinstance(answers[key], NotLinearizable):
                break
    else:
        pending: set[Future[dict[str, Answer]]] = {
            executor.submit(_search_batch, {key: objects[key] for key in batch}, model, budget, deadline, now)
            for batch in batches
        }
        while pending:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                if not future.cancelled():
                    answers |= future.result()
            if stop_at_first and any(isinstance(answer, NotLinearizable) for answer in answers.values()):
                for future in pending:
                    future.cancel()
    skipped = tuple(key for key in order if key not in answers)
    return Findings(answers={key: answers[key] for key in order if key in answers}, skipped=skipped)


def batches_of(order: Sequence[str], objects: Mapping[str, Sequence[Operation]]) -> list[list[str]]:
    """Small objects go to a worker by the batch, for the cost of sending them."""
    batches: list[list[str]] = []
    room = 0
    for key in order:
        if room <= 0:
            batches.append([])
            room = BATCH_OPERATIONS
        batches[-1].append(key)
        room -= len(objects[key])
    return batches


def _rest(budget: Budget, deadline: float, now: Callable[[], float] | None) -> Budget:
    if now is None:
        return budget
    return Budget(time_s=max(0.0, deadline - now()), memory_mb=budget.memory_mb)


def _search_batch(
    objects: Mapping[str, Sequence[Operation]],
    model: Model,
    budget: Budget,
    deadline: float,
    now: Callable[[], float] | None,
) -> dict[str, Answer]:
    return {key: search(ops, model, budget=_rest(budget, deadline, now), now=now) for key, ops in objects.items()}
