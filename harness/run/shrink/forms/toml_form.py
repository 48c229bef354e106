"""TOML: a written scenario as a file, with what differs from the defaults only."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import msgspec

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.step import AnyStep
from actorproof.harness.workload.written import WrittenScenario


def toml(plan: WrittenScenario) -> str:
    """The text of a scenario file that says the same; a line a step."""
    lines = [
        f"name = {_value(plan.name)}",
        f"summary = {_value(plan.summary)}",
        f"guarantees = {_value(list(plan.guarantees))}",
        f"duration_s = {plan.duration_s}",
    ]
    if plan.settle_reminders_s:
        lines.append(f"settle_reminders_s = {plan.settle_reminders_s}")
    for name, said in (("topology", _differing(plan.topology, Topology())), ("load", _differing(plan.load, Load()))):
        if said:
            lines.append(f"{name} = {_value(said)}")
    if plan.steps:
        lines += ["steps = [", *(f"  {_value(_step(step))}," for step in plan.steps), "]"]
    return "\n".join(lines) + "\n"


def _differing(said: Any, default: Any) -> dict[str, Any]:
    """The fields of a dataclass that are not as by default."""
    names = [field.name for field in dataclasses.fields(said)]
    changed = {name: getattr(said, name) for name in names if getattr(said, name) != getattr(default, name)}
    found: dict[str, Any] = msgspec.to_builtins(changed)
    return found


def _step(step: AnyStep) -> dict[str, Any]:
    """A step with what differs from its defaults."""
    told: dict[str, Any] = msgspec.to_builtins(step)
    fields = {field.name: field for field in msgspec.structs.fields(type(step))}
    return {name: value for name, value in told.items() if name == "step" or _said(value, fields[name])}


def _said(value: Any, field: msgspec.structs.FieldInfo) -> bool:
    if field.required:
        return True
    default = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    return bool(value != default)


def _value(value: Any) -> str:
    """A value in TOML; what is None is left out of tables."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            # What JSON escapes it escapes as TOML does, and all else may stand as it is.
            return json.dumps(value, ensure_ascii=not value.isprintable())
        case Mapping():
            inner = ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None)
            return f"{{ {inner} }}" if inner else "{}"
        case list() | tuple():
            return f"[{', '.join(_value(each) for each in value)}]"
        case _:
            return str(value)


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else json.dumps(name)
