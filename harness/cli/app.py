"""The commands by name. Each is loaded when it is asked for, so that `--help` and `list` load nothing heavy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cyclopts

import actorproof
from actorproof.harness.errors import UsageError

# What they are for, in the order of `actorproof --help`.
GROUPS = {
    "Judge a runtime, or an application of your own": ("verify", "run", "list", "test", "init", "watch"),
    "Look at what came of it": ("report", "analyze", "replay", "shrink", "compare", "history", "export"),
    "Faults and load by hand, on a cluster that stays": (
        *("up", "load", "fault", "heal", "add-host", "status", "verdict", "down"),
    ),
    "This machine": ("doctor", "setup"),
    "Many runs, and what is known": ("campaign", "baseline", "mutation"),
}
# Module and function of each command, and the line about it there.
COMMANDS = {
    "verify": ("runs:verify", "Run the profile's selection of scenarios and judge them together."),
    "run": ("runs:run_", "Run one scenario, judge it, and write its report."),
    "replay": ("replays:replay", "Perform a run's plan again, and say of each cause how often it came back."),
    "shrink": ("shrinking:shrink", "Leave out of a run's plan whatever its cause does not need."),
    "up": ("standing:up", "Start a cluster that stays, for faults and load by hand."),
    "load": ("standing:load", "Start a load on a cluster that stays, or stop it."),
    "fault": ("standing:fault", "Inject a fault into a cluster that stays, and leave it in place."),
    "heal": ("standing:heal", "Heal a fault of a cluster that stays, or all."),
    "add-host": ("standing:add_host", "Have one more host join a cluster that stays."),
    "status": ("standing:status", "Show where a cluster that stays stands."),
    "watch": (
        "watching:watch",
        "Show a run under way: owners, calls, faults, turns open too long, what is broken so far.",
    ),
    "verdict": ("standing:verdict", "Judge what has happened so far on a cluster that stays, which goes on."),
    "down": ("standing:down", "Take a cluster that stays down, and judge its run."),
    "test": ("own:try_", "Judge an application of your own, in any language, unchanged."),
    "init": ("own:init", "Ask an application of your own for its actor types, and write a first actorproof.toml."),
    "list": ("listing:list_", "List the scenarios, or the kinds of faults."),
    "analyze": (
        "analyses:analyze",
        "Decide again from a run's folder, and write its reports again; or say whether a history fits a model.",
    ),
    "report": ("analyses:report", "Write the reports of a run's folder again, and print where they are."),
    "compare": (
        "many.comparing:compare",
        "Compare runs with earlier ones: what is new, gone, more often or less, slower or faster.",
    ),
    "campaign": (
        "many.campaigns:campaign",
        "Run every combination of versions, scenarios, seeds, stores and configurations, each once.",
    ),
    "history": (
        "many.comparing:history",
        "Show the runs of a folder one after the other, and how often each cause came.",
    ),
    "export": ("exports:export", "Write a run's frames, or its trace, for other tools: Parquet, CSV, Perfetto."),
    "baseline": ("analyses:baseline", "Count the causes of recorded runs: the lines of a baseline, one a scenario."),
    "setup": ("machine:setup", "Find or make every program that a cluster needs, and say from where."),
    "doctor": (
        "machine:doctor",
        "Show what is there, what is missing and how to get it, and what earlier runs left behind.",
    ),
    "mutation": (
        "mutation:mutation",
        "Plant every bug in the simulated runtime, see who finds it, and see that nothing is found without a bug.",
    ),
}


def _shown(default: Any) -> str | None:
    """A default as `--help` shows it: none where an option that is left out simply does nothing."""
    return None if default is None or default is False or default in ("", ()) else str(default)


app = cyclopts.App(
    name="actorproof",
    help=(
        "Proves or disproves the guarantees of a real virtual-actor runtime, first of all Dapr.\n\n"
        "To begin in memory, in about a minute: actorproof verify --driver simulated\n\n"
        "On a real cluster, in some minutes: actorproof verify"
    ),
    version=lambda: actorproof.__version__,  # looked up by those alone who ask for it
    help_format="plaintext",
    default_parameter=cyclopts.Parameter(show_default=_shown, negative_iterable=()),
    suppress_keyboard_interrupt=False,  # else it would end with a code of its own
)
for _title, _names in GROUPS.items():
    _group = cyclopts.Group.create_ordered(_title)
    for _place, _name in enumerate(_names):
        _where, _line = COMMANDS[_name]
        app.command(f"actorproof.harness.cli.{_where}", name=_name, help=_line, group=_group, sort_key=_place)
_flags = cyclopts.Group.create_ordered("Other")
for _flag in (*app.help_flags, *app.version_flags):
    app[_flag].group = (_flags,)


def perform(words: Sequence[str]) -> int:
    """Do what a command line says, and return its exit code; UsageError where it can't be read."""
    try:
        code = app(words, exit_on_error=False, print_error=False, result_action="return_value")
    except cyclopts.CycloptsError as error:
        command = f" {words[0]}" if words[0] in COMMANDS else ""
        said = str(error).partition(" Available commands:")[0].rstrip(". ")
        see = " See" if said.endswith("?") else "; see"
        raise UsageError(f"{said}{see} actorproof{command} --help") from error
    return code if isinstance(code, int) else 0
