"""Replay: the command line that does a run again."""

from __future__ import annotations

import shlex

from actorproof.harness.runtimes import registry
from actorproof.harness.runtimes.registry import DEFAULT
from actorproof.harness.session.scenario import Options


def command_line(name: str, options: Options, *, single: bool) -> str:
    """The command that does the same again."""
    words = ["actorproof", *(("run", name) if single else ("verify",)), "--seed", str(options.seed)]
    words += ["--profile", options.profile]
    if registry.protocol(options.runtime) == DEFAULT:
        words += ["--dapr", options.version]
    else:
        words += ["--runtime", options.runtime]
    if options.hosts is not None:
        words += ["--hosts", str(options.hosts)]
    if options.placements is not None:
        words += ["--placements", str(options.placements)]
    if options.schedulers is not None:
        words += ["--schedulers", str(options.schedulers)]
    if options.reminder_partitions is not None:
        words += ["--reminder-partitions", str(options.reminder_partitions)]
    if options.duration_s is not None:
        words += ["--duration", f"{options.duration_s:g}"]
    if options.fault_rate != "medium":
        words += ["--fault-rate", options.fault_rate]
    if options.subject is not None:
        words += ["--subject", options.subject]
    if options.subject_module:
        words += ["--subject-module", options.subject_module]
    if options.clients is not None:
        words += ["--clients", str(options.clients)]
    if options.actors is not None:
        words += ["--actors", str(options.actors)]
    if options.store not in registry.runtime(options.runtime).stores[:1]:
        words += ["--store", options.store]
    words += ["--driver", options.driver]
    for choice in options.skew:
        words += ["--skew", choice]
    if options.dapr_path is not None:
        words += ["--dapr-path", str(options.dapr_path.absolute())]
    for image in options.images:
        words += ["--image", image]
    if options.bug is not None:
        words += ["--bug", options.bug]
    if options.breakage is not None:
        words += ["--break", options.breakage]
    return shlex.join(words)
