"""ScenarioFile: a scenario that a user wrote as TOML, read with the line of whatever is wrong in it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import msgspec

from actorproof.harness.cluster.topology import Entity, Topology
from actorproof.harness.errors import UsageError
from actorproof.harness.run.shipped import catalogue
from actorproof.harness.session.scenario import Scenario, scenario_of
from actorproof.harness.subjects.behaviour import Behaviour
from actorproof.harness.toml_file import WrongKeyError, converted, names_of, parsed, refuse_unknown, text_of
from actorproof.harness.toml_place import Key, nearest
from actorproof.harness.workload.extent import Drawing
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.step import AnyStep, Inject
from actorproof.harness.workload.targets import targets
from actorproof.harness.workload.written import TimedFault, WrittenScenario

# A scenario's tables, and what stands in each; lists of tables hold one thing each.
TABLES: Mapping[str, type] = {"topology": Topology, "load": Load, "draw": Drawing}
LISTS: Mapping[str, Any] = {"steps": AnyStep, "faults": TimedFault}
WITHIN: Mapping[str, type] = {"behaviours": Behaviour, "entities": Entity}
STEPS: Mapping[str, type] = {str(step.__struct_config__.tag): step for step in get_args(AnyStep)}


def read(path: Path) -> Scenario:
    """The scenario of a TOML file. UsageError, with line and key, when it is none."""
    return scenario_of(read_written(path), source=str(path.absolute()))


def read_written(path: Path) -> WrittenScenario:
    """What a TOML file says. UsageError as that of `read`."""
    text = text_of(path, wanted="give the path of a TOML file with a scenario")
    return parse(text, name=str(path), folder=path.absolute().parent)


def parse(text: str, *, name: str = "scenario", folder: Path | None = None) -> WrittenScenario:
    """What a TOML text says; `name` stands in messages, files are named from `folder` on. UsageError as `read`."""
    return parsed(text, name=name, checked=lambda table: _written(table, folder=folder))


def _written(table: Mapping[str, Any], *, folder: Path | None) -> WrittenScenario:
    _known(table, WrittenScenario, ())
    for name, type_ in TABLES.items():
        if name in table:
            _checked(table[name], type_, (name,))
    for name, type_ in LISTS.items():
        for at, entry in enumerate(_list(table, name)):
            _checked(entry, type_, (name, at))
    written = converted(table, WrittenScenario, ())
    if not written.guarantees:
        raise WrongKeyError(("guarantees",), "name one at the least")
    for at, guarantee in enumerate(written.guarantees):
        if guarantee not in (ids := catalogue().ids):
            raise WrongKeyError(("guarantees", at), f"{guarantee} is unknown{nearest(guarantee, ids)}")
    _reachable(written)
    return msgspec.structs.replace(written, topology=_with_module(written.topology, folder))


def _list(table: Mapping[str, Any], name: str) -> Sequence[Any]:
    found = table.get(name, [])
    if not isinstance(found, list):
        raise WrongKeyError((name,), f"write each as a table of its own: [[{name}]]")
    return found


def _checked(entry: object, type_: Any, key: Key) -> None:
    """Look at one table by itself, so that whatever is wrong is told with its place."""
    if not isinstance(entry, dict):
        raise WrongKeyError(key, "a table is wanted")
    known = type_
    if type_ is AnyStep:
        known = STEPS.get(entry.get("step", ""))
        if known is None:
            said = f"{entry['step']} is unknown{nearest(str(entry['step']), STEPS)}" if "step" in entry else "missing"
            raise WrongKeyError((*key, "step"), said)
    _known(entry, known, key)
    if type_ is Topology:
        for name, each in WITHIN.items():
            for at, within in enumerate(_list(entry, name)):
                _checked(within, each, (*key, name, at))
    converted(entry, type_, key)


def _known(entry: Mapping[str, Any], type_: type, key: Key) -> None:
    """Refuse what stands there and means nothing."""
    names = [field.name for field in dataclasses.fields(type_)] if dataclasses.is_dataclass(type_) else names_of(type_)
    if type_ in STEPS.values():
        names.append("step")
    refuse_unknown(entry, names, key)


def _reachable(written: WrittenScenario) -> None:
    """Refuse faults on what the topology has not."""
    there = targets(written.topology) | targets(dataclasses.replace(written.topology, proxied=False))
    aimed: list[tuple[Key, str]] = [(("faults", at), fault.target) for at, fault in enumerate(written.faults)]
    aimed += [(("steps", at), step.target) for at, step in enumerate(written.steps) if isinstance(step, Inject)]
    for key, target in aimed:
        if target not in there:
            raise WrongKeyError((*key, "target"), f"{target} is not in this topology{nearest(target, sorted(there))}")
    try:
        written.topology.validate()
    except UsageError as error:
        raise WrongKeyError(("topology",), str(error)) from error


def _with_module(topology: Topology, folder: Path | None) -> Topology:
    """The topology with its file of subjects found from the folder in which the scenario stands."""
    file, colon, classes = topology.subject_module.partition(":")
    if folder is None or not file.endswith(".py"):
        return topology
    return dataclasses.replace(topology, subject_module=f"{folder / file}{colon}{classes}")
