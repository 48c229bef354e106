"""Telling: what was found in a history that others recorded, in words and as a page."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from actorproof.harness.errors import UsageError
from actorproof.plural import some
from actorproof.properties.formats.calls import Call
from actorproof.properties.formats.values import shortened, spelled
from actorproof.properties.linearizability.answer import Linearizable, NotLinearizable, Unknown
from actorproof.properties.linearizability.check import Findings
from actorproof.properties.linearizability.cycle import Cycle
from actorproof.properties.linearizability.drawing import explanation
from actorproof.properties.linearizability.model import Model
from actorproof.properties.linearizability.operation import Operation
from actorproof.properties.linearizability.search import search
from actorproof.properties.verdict.findings import Budget
from actorproof.properties.verdict.outcome import Outcome
from actorproof.reports.html.history import Bar, Mark, history_page

HINT_S = 2.0  # for trying what an object may have held at first
Objects = Mapping[str, Sequence[Operation]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignVerdict:
    """What is to be said of a history that somebody else recorded, line by line, and the command's exit code.

    `bars` makes the operations that a page shows: to spell them takes longer than to judge some histories. It draws
    `cycles` instead of their lines.
    """

    lines: tuple[str, ...]
    exit_code: int
    notes: tuple[str, ...] = ()
    bars: Callable[[], Iterable[Bar]] = tuple
    cycles: tuple[Cycle, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What was searched, and what was found.

    Attributes:
        name: that of the model that was asked for.
        model: the one that was searched with: of a part, where the object falls apart.
        objects: the operations by object or part.
        findings: what the search said of each.
        budget_s: how long it might take.
        opened: whether somebody said what the object held at first.
    """

    name: str
    model: Model
    objects: Objects
    findings: Findings
    budget_s: float
    opened: bool


def told(searched: Searched) -> ForeignVerdict:
    """The verdict on a history that was searched, and of the first object that fits no order why."""
    objects, findings, count = searched.objects, searched.findings, _count(searched)
    for key, broken in findings.violated.items():
        return _violated(searched, key, broken)
    for key, open_ in findings.unknown.items():
        why = "; ".join(_gave_up(searched, key, open_))
        return _plain(Outcome.UNKNOWN, f"{count}; {why}", partial(bars_of_operations, objects[key]))
    if not any(operation.outcome == "ok" for operations in objects.values() for operation in operations):
        none = "unanswered" if sum(map(len, objects.values())) == 1 else "none of them answered"
        return _plain(Outcome.UNKNOWN, f"{count}, {none}, so nothing was tested")
    key, answer = next(iter(findings.answers.items()))
    order = answer.order if isinstance(answer, Linearizable) else ()
    said = f"{count}, fit one order a key" if len(objects) > 1 else f"{count} {_fit(searched)} one order"
    return _plain(Outcome.HOLDS, said, partial(bars_of_operations, objects[key], order))


def _plain(outcome: Outcome, said: str, bars: Callable[[], Iterable[Bar]] = tuple) -> ForeignVerdict:
    return ForeignVerdict(lines=(f"{outcome.word}: {said}",), exit_code=outcome.exit_code, bars=bars)


def _count(searched: Searched) -> str:
    keys, name = len(searched.objects), searched.name
    article = "" if name.endswith("s") else "a "
    each = f"{keys} keys, each {article}{name}" if keys > 1 else f"{article}{name}"
    return f"{some(sum(map(len, searched.objects.values())), 'operation')} on {each}"


def _fit(searched: Searched) -> str:
    return "fits" if sum(map(len, searched.objects.values())) == 1 else "fit"


def _violated(searched: Searched, key: str, broken: NotLinearizable) -> ForeignVerdict:
    findings, operations = searched.findings, searched.objects[key]
    whose = ""
    if len(searched.objects) > 1:
        left = f" ({some(len(findings.skipped), 'key')} left out)" if findings.skipped else ""
        whose = f": those of {some(len(findings.violated), 'key')}, first of key {key}{left},"
    lines = [f"violated: {_count(searched)}{whose} {_fit(searched)} no order", *explanation(broken, searched.model)]
    if not searched.opened:
        lines += _hint(operations, searched.model, broken)
    bars = partial(bars_of_operations, operations, broken.order, broken.stuck)
    return ForeignVerdict(lines=tuple(lines), exit_code=Outcome.VIOLATED.exit_code, bars=bars)


def _gave_up(searched: Searched, key: str, open_: Unknown) -> Iterator[str]:
    """Why a search gave up, and what would decide."""
    of = f" of key {key}" if len(searched.objects) > 1 else ""
    yield f"the search ran out of {open_.reason} after {some(open_.placed, 'operation')}{of}"
    unanswered = sum(operation.outcome == "info" for operation in searched.objects[key])
    more = f"a longer budget than --budget {searched.budget_s:g}" if open_.reason == "time" else "more memory"
    if unanswered:
        yield f"{unanswered} have no answer and may have taken effect at any time: fewer, or {more}, may decide it"
    else:
        yield f"{more}, or a history of fewer concurrent operations, may decide it"


def _hint(operations: Sequence[Operation], model: Model, broken: NotLinearizable) -> Iterator[str]:
    """What an object may have held at first, if that would explain all; found by trying."""
    for guess in dict.fromkeys(model.guesses(broken.stuck[0])):
        try:
            opened = type(model).opened(guess)
        except ValueError:
            continue
        answer = search(operations, opened, budget=Budget(time_s=HINT_S), now=time.monotonic)
        if isinstance(answer, Linearizable):
            yield (
                f"hint: an init may be missing: if it held {spelled(guess)} before the history began, the operations"
                f" fit; say so with --init {spelled(guess)}"
            )
            return


def bars_of_operations(
    operations: Sequence[Operation], order: Sequence[Operation] = (), stuck: Sequence[Operation] = ()
) -> Iterator[Bar]:
    """The operations of one object as a page shows them."""
    places = {operation.id: place for place, operation in enumerate(order, start=1)}
    beside = {operation.id for operation in stuck}
    for operation in operations:
        mark: Mark = "failed" if operation.outcome == "fail" else "open"
        if stuck and operation.id == stuck[0].id:
            mark = "stuck"
        elif operation.id in places:
            mark = "placed"
        elif operation.id in beside:
            mark = "beside"
        yield Bar(
            process=operation.process,
            start=operation.start_ns,
            end=operation.end_ns,
            text=shortened(f"{operation.id}: {operation}"),
            mark=mark,
            place=places.get(operation.id),
        )


def bars_of_calls(calls: Sequence[Call], involved: Collection[int]) -> Iterator[Bar]:
    """Calls as a page shows them; `involved` are the lines of those that an anomaly is about."""
    for call in calls:
        asked = spelled(call.asked)
        said = f"{asked} ({call.outcome})"
        if call.outcome == "ok":
            # The answer of a transaction has its steps, too.
            said = spelled(call.answer) if call.function == "txn" else f"{asked} -> {spelled(call.answer)}"
        yield Bar(
            process=call.process,
            start=call.start,
            end=call.end,
            text=shortened(f"{call.id}: {call.function} {said}"),
            mark="stuck" if call.line in involved else "failed" if call.outcome == "fail" else "open",
        )


def write_page(judged: ForeignVerdict, path: Path, *, title: str) -> None:
    """Write a page on which the operations stand in time; UsageError when it can't be written."""
    drawn = {line for cycle in judged.cycles for line in cycle.told()}
    lines = [line for line in judged.lines if line not in drawn]
    text = history_page(title=title, lines=lines, bars=list(judged.bars()), cycles=judged.cycles)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        where = "give --html a file in a folder that is there"
        raise UsageError(f"{path} can't be written ({error.strerror}): {where}") from error
