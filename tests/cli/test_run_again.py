"""The command that does a run again names everything that was chosen."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final

import pytest

from actorproof.harness.run.replay import command_line
from actorproof.harness.session.scenario import Options

CHOSEN: Final[dict[str, dict[str, Any]]] = {
    "seed": {"seed": 2},
    "profile": {"profile": "soak"},
    "hosts": {"hosts": 4},
    "placements": {"placements": 3},
    "schedulers": {"schedulers": 3},
    "duration_s": {"duration_s": 7.0},
    "fault_rate": {"fault_rate": "high"},
    "version": {"version": "1.16.0"},
    "subject": {"subject": "sdk"},
    "clients": {"clients": 9},
    "breakage": {"breakage": "turns"},
    "subject_module": {"subject_module": "shop"},
    "store": {"store": "postgres"},
    "driver": {"driver": "docker"},
    "images": {"driver": "docker", "images": ("redis=mine:1",)},
    "reminder_partitions": {"version": "1.14.1", "reminder_partitions": 7},
    "skew": {"skew": ("sidecar=1.16.0",)},
    "actors": {"actors": 100_000},
    "dapr_path": {"dapr_path": Path("/opt/dapr")},
    "bug": {"driver": "simulated", "bug": "two-leaders"},
    "runtime": {"runtime": "ray-workflow"},
}
MADE_OF_THEM = {"command"}


@pytest.mark.parametrize("name", [field.name for field in fields(Options) if field.name not in MADE_OF_THEM])
def test_each_choice_stands_in_it(name: str) -> None:
    chosen = CHOSEN[name]
    others = {key: value for key, value in chosen.items() if key != name}
    without = Options(seed=1, **others)
    assert _words(replace(without, **chosen)) != _words(without)


def _words(options: Options) -> str:
    return command_line("capacity", options, single=True)
