"""Histories that other testers recorded: read one, decide whether it fits a model, and say what was found."""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from actorproof.harness.errors import HistoryError, UsageError
from actorproof.harness.run.telling import ForeignVerdict, Searched, bars_of_calls, told
from actorproof.plural import some
from actorproof.properties.formats import edn, found
from actorproof.properties.formats.calls import Call
from actorproof.properties.formats.event import BadHistoryError
from actorproof.properties.formats.keys import keyed, look_keyed, may_be_keyed
from actorproof.properties.formats.values import Value, spelled
from actorproof.properties.linearizability.check import Findings, check
from actorproof.properties.linearizability.checker import Checker
from actorproof.properties.linearizability.checkers import CHECKERS
from actorproof.properties.linearizability.model import Model
from actorproof.properties.linearizability.models import MODELS
from actorproof.properties.linearizability.operation import Operation
from actorproof.properties.linearizability.transactions.judge import CONSISTENCY
from actorproof.properties.verdict.collector import without_collector
from actorproof.properties.verdict.findings import Budget
from actorproof.properties.verdict.outcome import Outcome

SEARCH_S = 60.0  # for a whole history, however many keys it has
WORTH_PROCESSES = 20_000  # operations: fewer are searched before another process is up
FORMATS = ("jepsen", *found.FORMATS)
"""Names of formats; ``jepsen`` is any of them, found out by content."""
Objects = dict[str, list[Operation]]
Kind = type[Model] | type[Checker]
Opened = TypeVar("Opened", Model, Checker)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked about a history.

    Attributes:
        model: the name of a model or a checker, or ``file.py:Class``.
        format: one of `FORMATS`; None finds out.
        init: what the object held at first, in EDN; None when nobody said.
        keyed: whether its values are pairs of key and value; None finds out.
        first: whether the first key that fits no order ends it.
        consistency: what transactions are promised, one of `CONSISTENCY`; None for the strongest.
        budget_s: how long a search may take.
    """

    model: str | None
    format: str | None = None
    init: str | None = None
    keyed: bool | None = None
    first: bool = False
    consistency: str | None = None
    budget_s: float = SEARCH_S


def analyze(path: Path, question: Question) -> ForeignVerdict:
    """Decide whether a history that somebody else recorded fits a model, each key by itself where it has keys.

    Raises UsageError when there is no such model or format, HistoryError, naming line and column, when the file is no
    such history.
    """
    kind = _kind(question.model)
    if question.format is not None and question.format not in FORMATS:
        raise UsageError(f"format {question.format} is unknown: choose one of {', '.join(FORMATS)}")
    named = question.format if question.format != "jepsen" else None
    text = _text(path)
    try:
        with without_collector():
            read = found.read(text, format_=named)
            judged = _judge(read.calls, kind, question)
    except BadHistoryError as error:
        raise HistoryError(f"{path}: {found.located(error, text)}") from error
    return replace(judged, notes=(*read.notes, *judged.notes))


def _kind(name: str | None) -> Kind:
    """The model or checker of a name; UsageError when there is none."""
    known: dict[str, Kind] = {**MODELS, **CHECKERS}
    if name is None:
        raise UsageError(f"no --model is given: choose one of {', '.join(known)}, or FILE.py:CLASS")
    file, colon, class_ = name.rpartition(":")
    if not colon:
        if name not in known:
            raise UsageError(f"model {name} is unknown: choose one of {', '.join(known)}, or FILE.py:CLASS")
        return known[name]
    return _loaded(Path(file), class_)


def _loaded(file: Path, class_: str) -> Kind:
    spec = importlib.util.spec_from_file_location(f"actorproof_model_{file.stem}", file)
    if spec is None or spec.loader is None or not file.is_file():
        raise UsageError(f"{file} is no Python file: give the model as FILE.py:CLASS")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # so that its models can be sent to other processes
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise UsageError(f"{file} can't be loaded: {type(error).__name__}: {error}") from error
    loaded = getattr(module, class_, None)
    if not isinstance(loaded, type) or not issubclass(loaded, Model | Checker):
        raise UsageError(f"{file} has no class {class_} that is a Model or a Checker")
    return loaded


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise HistoryError(f"{path} can't be read ({error.strerror}): name a file with a history") from error
    except UnicodeDecodeError as error:
        raise HistoryError(f"{path} can't be read: it is no text in UTF-8") from error


def _opened(kind: type[Opened], init: str | None) -> Opened:
    if init is None:
        return kind()
    try:
        return kind.opened(edn.value(init))
    except BadHistoryError as error:
        raise UsageError(f"--init {init}: {error.message}") from error
    except ValueError as error:
        raise UsageError(f"--init {init}: {kind.name} expects {error}") from error


def _judge(calls: Sequence[Call], kind: Kind, question: Question) -> ForeignVerdict:
    if issubclass(kind, Checker):
        return _checked(calls, _promised(_opened(kind, question.init), question.consistency), question)
    if question.consistency is not None:
        raise UsageError("--consistency is for transactions: add --model list-append or rw-register")
    model = _opened(kind, question.init)
    if question.keyed is not None or model.has_parts or any(call.key is not None for call in calls):
        return _searched(keyed(calls) if question.keyed else calls, model, question)
    if look_keyed(calls):
        return _searched(keyed(calls), model, question)
    if not may_be_keyed(calls):
        return _searched(calls, model, question)
    return _either_way(calls, model, question)


def _promised(checker: Checker, consistency: str | None) -> Checker:
    """The checker that holds transactions to what they are promised; UsageError when they are none."""
    if consistency is None:
        return checker
    if checker.consistency is None:
        raise UsageError("--consistency is for transactions: add --model list-append or rw-register")
    if consistency not in CONSISTENCY:
        raise UsageError(f"consistency {consistency} is unknown: choose one of {', '.join(CONSISTENCY)}")
    checker.consistency = consistency
    return checker


def _either_way(calls: Sequence[Call], model: Model, question: Question) -> ForeignVerdict:
    """The verdict on values that may be pairs with keys, or whole: if it hangs on that, nothing is decided."""
    judged: dict[str, ForeignVerdict] = {}
    refused: BadHistoryError | None = None
    for option in ("--no-keyed", "--keyed"):
        try:
            judged[option] = _searched(keyed(calls) if option == "--keyed" else calls, model, question)
        except BadHistoryError as error:
            refused = refused or error
    if not judged:
        assert refused is not None
        raise refused
    first, *others = judged.values()
    if all(other.exit_code == first.exit_code for other in others):
        return first
    said = "; ".join(f"with {option} it says: {each.lines[0]}" for option, each in judged.items())
    why = "unknown: the values may be pairs of key and value, or whole, and the verdict hangs on which: say"
    return ForeignVerdict(lines=(f"{why} --keyed or --no-keyed", said), exit_code=Outcome.UNKNOWN.exit_code)


def _checked(calls: Sequence[Call], checker: Checker, question: Question) -> ForeignVerdict:
    """What a checker says, of every key by itself where there are keys."""
    objects = _by_key(keyed(calls) if question.keyed else calls)
    found_of = {key: checker.check(of_key) for key, of_key in objects.items()}
    worst = max((each.outcome for each in found_of.values()), key=lambda outcome: _BADNESS[outcome])
    count = f"{some(len(calls), 'call')} judged as {checker.name}"
    key, first = next((key, each) for key, each in found_of.items() if each.outcome is worst)
    of = f", key {key}" if len(found_of) > 1 else ""
    lines = (f"{worst.word}: {count}{of}: {first.why}", *first.details)
    notes = tuple(note for each in found_of.values() for note in each.notes)
    involved = {line for each in found_of.values() if each.outcome is worst for line in each.lines_of_calls}
    bars = partial(bars_of_calls, calls, involved)
    return ForeignVerdict(lines=lines, exit_code=worst.exit_code, notes=notes, bars=bars, cycles=first.cycles)


_BADNESS = {Outcome.HOLDS: 0, Outcome.UNKNOWN: 1, Outcome.ERROR: 2, Outcome.VIOLATED: 3}


def _by_key(calls: Sequence[Call]) -> dict[str, list[Call]]:
    objects: dict[str, list[Call]] = {}
    names: dict[Value, str] = {}
    for call in calls:
        name = names.get(call.key)
        if name is None:
            name = names.setdefault(call.key, "" if call.key is None else spelled(call.key))
        objects.setdefault(name, []).append(call)
    return objects or {"": []}


def _searched(calls: Sequence[Call], model: Model, question: Question) -> ForeignVerdict:
    if question.init is None:
        model = model.with_opening(calls)
    by_key = {"": list(calls)} if model.has_parts else _by_key(calls)
    objects: Objects = {key: [model.read_call(call) for call in of_key] for key, of_key in by_key.items()}
    count = sum(map(len, objects.values()))
    for operations in objects.values():
        if (why := model.undecidable(operations)) is not None:
            return ForeignVerdict(
                lines=(f"unknown: {some(count, 'operation')} on a {_name(model)}; {why}",),
                exit_code=Outcome.UNKNOWN.exit_code,
            )
    objects, part = _parts(objects, model)
    return told(
        Searched(
            name=_name(model),
            model=part,
            objects=objects,
            findings=_search_keys(objects, part, question),
            budget_s=question.budget_s,
            opened=question.init is not None,
        )
    )


def _name(model: Model) -> str:
    return model.name or type(model).__name__


def _parts(objects: Objects, model: Model) -> tuple[Objects, Model]:
    """The keys of maps as objects of their own, where no operation asks for several."""
    if len(objects) != 1:
        return objects, model
    (operations,) = objects.values()
    parts = model.parts(operations)
    return (objects, model) if parts is None else (parts.operations, parts.model)


def _search_keys(objects: Mapping[str, Sequence[Operation]], model: Model, question: Question) -> Findings:
    """Search every key, side by side where that is worth the processes."""
    budget, now, first = Budget(time_s=question.budget_s), time.monotonic, question.first
    if len(objects) == 1 or sum(map(len, objects.values())) < WORTH_PROCESSES:
        return check(objects, model, budget=budget, now=now, stop_at_first=first)
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - most histories need none

    with ProcessPoolExecutor() as executor:
        return check(objects, model, budget=budget, now=now, executor=executor, stop_at_first=first)
