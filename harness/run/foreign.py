"""Histories that other testers recorded: read one, search it for an order that fits a model, and say what was found."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from actorproof.harness.errors import HistoryError, UsageError
from actorproof.properties.formats import jepsen
from actorproof.properties.linearizability.check import Findings, check, keyed, map_key, parted
from actorproof.properties.linearizability.drawing import explanation
from actorproof.properties.linearizability.model import MODELS, Map, Model
from actorproof.properties.linearizability.operation import BadHistoryError, Operation
from actorproof.properties.verdict.verdict import Budget

SEARCH_S = 60.0  # for a whole history, however many keys it has
WORTH_PROCESSES = 20_000  # operations: fewer are searched before another process is up


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignVerdict:
    """What is to be said of a history that somebody else recorded, line by line, and the command's exit code."""

    lines: tuple[str, ...]
    exit_code: int


def analyze_jepsen(path: Path, *, model: str | None, paired: bool | None = None, first: bool = False) -> ForeignVerdict:
    """Decide whether a history that Jepsen wrote fits a model, each key by itself where it has keys.

    `paired` says whether its values are pairs of key and value; None finds out. With `first` the first key that fits
    no order ends it. Raises UsageError when there is no such model, HistoryError, naming the line, when the file is no
    such history.
    """
    if model not in MODELS:
        named = "no --model is given" if model is None else f"model {model} is unknown"
        raise UsageError(f"{named}: choose one of {', '.join(MODELS)}")
    try:
        operations = jepsen.parse(path.read_text("utf-8"), paired=paired)
        sequential = MODELS[model]()
        # A function that the model lacks is bad input, also in a call that nobody answered.
        for operation in operations:
            sequential.step(sequential.initial, operation)
        objects = keyed(operations)
        if isinstance(sequential, Map):
            objects = parted(objects, map_key)
        found = _search_keys(objects, sequential, stop_at_first=first)
    except OSError as error:
        raise HistoryError(f"{path} can't be read ({error.strerror}): name a history that Jepsen wrote") from error
    except UnicodeDecodeError as error:
        raise HistoryError(f"{path} can't be read: it is no text in UTF-8") from error
    except BadHistoryError as error:
        raise HistoryError(f"{path}: {error}") from error
    keys = len(objects)
    count = f"{len(operations)} operations on " + (f"{keys} keys, each a {model}" if keys > 1 else f"a {model}")
    for key, broken in found.violated.items():
        left = f" ({len(found.skipped)} keys were left out)" if found.skipped else ""
        whose = f": those of {len(found.violated)} keys, first of {key}{left}," if keys > 1 else ""
        return ForeignVerdict(lines=(f"violated: {count}{whose} fit no order", *explanation(broken)), exit_code=1)
    for key, open_ in found.unknown.items():
        said = f"the search ran out of {open_.reason} after {open_.placed} operations"
        return ForeignVerdict(lines=(f"unknown: {count}; {said}{f' of {key}' if keys > 1 else ''}",), exit_code=2)
    if not any(operation.outcome == "ok" for operation in operations):
        return ForeignVerdict(lines=(f"unknown: {count}, none of them answered, so nothing was tested",), exit_code=2)
    return ForeignVerdict(lines=(f"holds: {count} fit one order{' a key' if keys > 1 else ''}",), exit_code=0)


def _search_keys(objects: Mapping[str, Sequence[Operation]], model: Model, *, stop_at_first: bool = False) -> Findings:
    """Search every key, side by side where that is worth the processes."""
    budget = Budget(time_s=SEARCH_S)
    if len(objects) == 1 or sum(map(len, objects.values())) < WORTH_PROCESSES:
        return check(objects, model, budget=budget, now=time.monotonic, stop_at_first=stop_at_first)
    with ProcessPoolExecutor() as executor:
        return check(objects, model, budget=budget, now=time.monotonic, executor=executor, stop_at_first=stop_at_first)
