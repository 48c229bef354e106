"""Commands for a cluster that stays: `up`, `load`, `fault`, `heal`, `add-host`, `status`, `verdict` and `down`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Annotated

import msgspec
from cyclopts import Parameter

from actorproof.called import typed
from actorproof.harness.cli.choices import Dapr, Driver, Hosts, Image, Out, Seed, Skew, Store, seed_or_any
from actorproof.harness.cli.output import folded, table
from actorproof.harness.cluster.topology import DEFAULT_VERSION, Topology
from actorproof.harness.errors import ClusterError, FaultError, UsageError
from actorproof.harness.history.halves import half
from actorproof.harness.run import run as running
from actorproof.harness.run.live import OpenFault
from actorproof.harness.run.standing.spec import Spec
from actorproof.harness.run.standing.standing import minutes_left, start, the_one
from actorproof.harness.session.fit import topology_of
from actorproof.harness.session.scenario import Options
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.step import Heal, StopLoad
from actorproof.harness.workload.targets import targets
from actorproof.plural import some
from actorproof.reports.console import ConsoleProgress
from actorproof.scenarios.registry import wanted

LIMIT_S = 3600.0
LONGEST_S = 24 * 3600.0
GUARANTEES = ("turns", "activation", "durability", "recovery", "failover", "bystanders", "linearizability")
Cluster = Annotated[str, Parameter(env_var="ACTORPROOF_CLUSTER", help="Name of the cluster, where several are up.")]


def up(
    topology: Annotated[str, Parameter(help="A scenario whose topology it is to have: a name, or a file.")] = "",
    /,
    *,
    name: Annotated[str, Parameter(help="What other commands call it.")] = "up",
    hosts: Hosts = None,
    limit: Annotated[float, Parameter(help="Seconds after which it goes down by itself.")] = LIMIT_S,
    seed: Seed = None,
    dapr: Dapr | None = None,
    skew: Skew = (),
    store: Store | None = None,
    driver: Driver = "auto",
    image: Image = (),
    out: Out = None,
) -> int:
    """Start a cluster that stays, for faults and load by hand."""
    if not 0 < limit <= LONGEST_S:
        raise UsageError(f"limit is {limit:g} s: choose more than 0 and at most a day")
    if driver == "simulated":
        raise UsageError("the simulated runtime has no time of its own to stay in: choose another --driver")
    found = wanted(topology) if topology else None
    options = Options(
        seed=seed_or_any(seed),
        hosts=hosts,
        version=dapr or (found.topology.version if found else DEFAULT_VERSION),
        store=store or (found.topology.store if found else "redis"),
        driver=driver,
        images=image,
        skew=skew,
    )
    folder = (out or running.default_out()) / running.run_id(name, options.seed)
    spec = Spec(
        name=name,
        folder=str(folder.absolute()),
        limit_s=limit,
        topology=found.topology if found else Topology(hosts=3),
        guarantees=found.guarantees if found else GUARANTEES,
        options=options,
    )
    # As it will be, so that every command knows which hosts there are; a topology that can't be is refused here.
    spec = msgspec.structs.replace(spec, topology=topology_of(spec.scenario(), options))
    progress = ConsoleProgress()
    try:
        start(spec, told=progress.phase)
    finally:
        progress.close()
    print(f"cluster {name} is up for {limit / 60:.0f} min; its run is recorded in {folder}")
    following = "load | fault VERB TARGET | heal | add-host | status | watch | verdict | down"
    print(folded(f"next: {typed('actorproof')} {following}"))
    return 0


def load(
    *,
    clients: Annotated[int, Parameter(help="Concurrent callers.")] = 8,
    sleepers: Annotated[int, Parameter(help="Callers that have long turns open all the time.")] = 0,
    fickle: Annotated[int, Parameter(help="Callers that give up now and then.")] = 0,
    stop: Annotated[str, Parameter(help="Stop the load of that name instead.")] = "",
    cluster: Cluster = "",
) -> int:
    """Start a load on a cluster that stays, or stop it."""
    one = the_one(cluster)
    if stop:
        one.perform(StopLoad(id=stop))
        print(f"{stop}: stopped")
        return 0
    id_ = one.begin_load(Load(clients=clients, sleepers=sleepers, sleepers_save=True, fickle=fickle, probes=0))
    print(f"{id_}: {clients} clients; stop it with {typed(f'actorproof load --stop {id_}')}")
    return 0


def fault(
    verb: Annotated[str, Parameter(help="Kind of fault; `actorproof list --faults` lists them.")],
    target: Annotated[str, Parameter(help="host-2, host-2/app, store, placement:leader, host-1>store ...")],
    /,
    *,
    param: Annotated[tuple[str, ...], Parameter(help="NAME=NUMBER, of its kind.")] = (),
    cluster: Cluster = "",
) -> int:
    """Inject a fault into a cluster that stays, and leave it in place."""
    one = the_one(cluster)
    there = targets(one.spec.topology) | targets(replace(one.spec.topology, proxied=False))
    params = dict(_numbers(param))
    if target not in there:
        near = sorted(difflib.get_close_matches(target, there, n=3))
        choose = ", ".join(near) or "a host (host-1), a half of it (host-1/app), store, or a link (host-1>store)"
        raise UsageError(f"target {target} is not in this topology: choose {choose}")
    return _injected(one.inject(verb, target, params))


def add_host(*, cluster: Cluster = "") -> int:
    """Have one more host join a cluster that stays."""
    one = the_one(cluster)
    live = one.live()
    topology = one.spec.topology
    spare = topology.host_names[topology.hosts :]
    busy = {unit.partition("/")[0] for unit, state in live.units.items() if half(unit) == "app" and state == "running"}
    free = [host for host in spare if host not in busy]
    if not free:
        raise UsageError(f"cluster {one.spec.name} has {len(spare)} spare hosts and all of them run: heal one first")
    return _injected(one.inject("add", free[0]))


def heal(
    id_: Annotated[str, Parameter(name="ID", help="The fault; all of them when left out.")] = "",
    /,
    *,
    cluster: Cluster = "",
) -> int:
    """Heal a fault of a cluster that stays, or all."""
    one = the_one(cluster)
    there = one.live().faults
    if id_ and id_ not in there:
        raise UsageError(f"no fault {id_} is in place: {'there is ' + ', '.join(there) if there else 'none is'}")
    for each in [id_] if id_ else list(there):
        if each in one.perform(Heal(id=each)).faults:
            raise FaultError(f"{each} can't be healed: look into {one.folder.logs}")
        print(f"{each}: {there[each].verb} {there[each].target} healed")
    if not there:
        print("no fault is in place")
    return 0


def _headings(units: Iterable[str]) -> list[str]:
    """What the two halves of hosts are called, the one that runs turns first."""
    found = {half(unit): unit.partition("/")[2] for unit in units}
    names = (found.get("app", "app"), found.get("sidecar", "sidecar"))
    return ["application" if name == "app" else name for name in names]


def status(*, cluster: Cluster = "") -> int:
    """Show where a cluster that stays stands."""
    one = the_one(cluster)
    live = one.live()
    door = one.door
    print(f"cluster {one.spec.name}: {f'up for another {minutes_left(door):.0f} min' if door else 'not up'}")
    print(f"run {one.folder.path}")
    owned = live.actors_by_host
    states = {(unit.partition("/")[0], half(unit)): state for unit, state in live.units.items()}
    rows = [
        (host, *(states.get((host, part), "down") for part in ("app", "sidecar")), str(owned.get(host, 0)))
        for host in live.hosts
    ]
    print(table(("host", *_headings(live.units), "actors"), rows))
    others = [(unit, state) for unit, state in sorted(live.units.items()) if "/" not in unit]
    print(folded(", ".join(f"{unit} {state}" for unit, state in others)))
    p50, p99 = live.latency_ms(0.5), live.latency_ms(0.99)
    took = f", p50 {p50:,.1f} ms, p99 {p99:,.1f} ms" if p50 is not None and p99 is not None else ""
    print(folded(f"{live.rate:,.0f} calls a second{took}, {live.failed:,} failed in the last 10 s"))
    for each in live.faults.values():
        print(folded(f"fault in place: {_told(each)}"))
    for turn in live.overdue:
        print(folded(f"open for {(live.now_ns - turn.t_ns) / 1e9:.0f} s: a turn of {turn.actor} on {turn.host}"))
    return 0


def verdict(*, cluster: Cluster = "") -> int:
    """Judge what has happened so far on a cluster that stays, which goes on."""
    one = the_one(cluster)
    # What judges takes a second to load.
    from actorproof.harness.run.so_far import so_far  # noqa: PLC0415

    judged = so_far(one.folder)
    print("\n".join(judged.lines))
    print(
        f"after {some(one.live().operations, 'operation')}; nothing is proved before `{typed('actorproof down')}`"
        " judges the whole"
    )
    return judged.exit_code


def down(cluster: Cluster = "") -> int:
    """Take a cluster that stays down, and judge its run."""
    one = the_one(cluster)
    progress = ConsoleProgress()
    progress.phase(f"cluster {one.spec.name} goes down")
    try:
        ended = one.down()
    finally:
        progress.close()
    if ended is None:
        print(f"cluster {one.spec.name} is down; its run was not recorded to its end: {one.folder.path}")
        return ClusterError.exit_code
    print("\n".join(ended.lines))
    return ended.code


def _injected(injected: OpenFault) -> int:
    print(_told(injected))
    return FaultError.exit_code if injected.missed else 0


def _told(injected: OpenFault) -> str:
    how = f"no effect was seen: {injected.missed}" if injected.missed else "; ".join(injected.evidence)
    return f"{injected.fault}: {injected.verb} {injected.target}, {how or 'under way'}"


def _numbers(params: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    for each in params:
        name, equals, value = each.partition("=")
        if not equals or not value.isdigit():
            raise UsageError(f"--param {each} can't be read: write NAME=NUMBER")
        yield name, int(value)
