"""Topologies: what was brought up, in one line each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.history.info import Promise
from actorproof.plural import some
from actorproof.reports.report import Report
from actorproof.reports.words import amount


def topologies(report: Report) -> dict[str, list[str]]:
    """What was brought up, once each, and for which of several scenarios."""
    promises = report.run.promises
    found: dict[str, list[str]] = defaultdict(list)
    for name, topology in [(part.name, part.info.topology) for part in report.parts] or [("", report.run.topology)]:
        if topology is not None:
            found[brought_up(topology, promises)] += [name] if len(report.parts) > 1 else []
    return found


def brought_up(topology: Topology, promises: Mapping[str, Promise] | None) -> str:
    """What was brought up, as far as the runtime has such parts and promises."""
    drain = f"drain {amount(topology.drain_timeout_s, 's')}" if topology.drain_enabled else "drain off"
    # By what a part is for: nothing is said of it where nobody promises that.
    for_a_promise = {
        "placement": some(topology.placements, "placement replica"),
        "reminders": some(topology.schedulers, "scheduler"),
        "lifecycle": f"idle time-out {amount(topology.idle_timeout_s, 's')}",
        "drain": drain,
    }
    told = {name: text for name, text in for_a_promise.items() if promises is None or name in promises}
    said = [
        some(topology.hosts, "host") + (f" and {topology.spare_hosts} spare" if topology.spare_hosts else ""),
        *(told[name] for name in ("placement", "reminders") if name in told),
        topology.store,
        *([f"{topology.subject} subject"] if promises is None else []),
        "links through Toxiproxy" if topology.proxied else "no proxies",
        *(told[name] for name in ("lifecycle", "drain") if name in told),
    ]
    if topology.breakage:
        said.append(f"broken on purpose: {topology.breakage}")
    return " · ".join(said)
