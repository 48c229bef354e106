"""Every runtime keeps the contract: `names` finds them, and each is tried out on a driver that runs it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import msgspec
import pytest

from actorproof.harness.cluster.blueprint import Role
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.drivers.process.driver import ProcessDriver
from actorproof.harness.drivers.simulated.driver import SimulatedDriver
from actorproof.harness.errors import ProvisionError, UsageError
from actorproof.harness.history import events as ev
from actorproof.harness.provision.programs import provide
from actorproof.harness.request import Call, Register, Schedule, Unregister
from actorproof.harness.runtimes.port import Deployable, Runtime
from actorproof.harness.runtimes.registry import deployable, names, runtime, simulable
from actorproof.harness.subjects.actors.ledger import entry_key
from tests.runtimes.contract import ACTOR, HOSTS, Seen, try_out

if TYPE_CHECKING:
    from actorproof.harness.drivers.port import Driver

ROOT = Path(__file__).parents[2]
EVERY = [runtime(name) for name in names()]
every_runtime = pytest.mark.parametrize("tried", EVERY, ids=names())


def driver_of(tried: Runtime) -> Driver:
    """A driver that runs it; skips the test where a program would have to be built."""
    if not isinstance(tried, Deployable):
        return SimulatedDriver(seed=1, runtime=simulable("simulated"))
    try:
        programs = provide(version=tried.tried[0], progress=lambda _: None, build=False, runtime=tried.name)
    except ProvisionError as error:
        pytest.skip(str(error))
    return ProcessDriver(programs, runtime=tried)


@pytest.fixture(scope="module", params=EVERY, ids=names())
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    tried: Runtime = request.param
    return try_out(driver_of(tried), tried, tmp_path_factory.mktemp(tried.name) / "run")


# ---- what a runtime says


def test_all_runtimes_are_found_and_no_other() -> None:
    assert names() == ("dapr", "ray", "ray-workflow", "simulated")
    with pytest.raises(UsageError, match="runtime orleans is unknown: choose one of dapr, ray, ray-workflow, simul"):
        runtime("orleans")


def test_only_a_runtime_with_programs_is_run_as_processes() -> None:
    assert deployable("dapr") is runtime("dapr")
    with pytest.raises(UsageError, match="runtime simulated has no programs: choose another driver"):
        deployable("simulated")


def test_nothing_but_runtimes_knows_dapr() -> None:
    knowing = [
        path
        for folder in ("harness", "properties", "reports", "scenarios")
        for path in (ROOT / folder).rglob("*.py")
        if "harness.runtimes.dapr" in path.read_text(encoding="utf-8")
    ]
    assert knowing
    assert all(path.is_relative_to(ROOT / "harness" / "runtimes") for path in knowing)


def test_what_runs_on_ray_knows_nothing_of_dapr_and_checkers_know_nothing_of_ray() -> None:
    folders = list((ROOT / "harness" / "runtimes").glob("ray*"))
    on_ray = [path for folder in folders for end in ("py", "toml", "jsonl") for path in folder.rglob(f"*.{end}")]
    assert {"plan.py", "mechanisms.toml"} <= {path.name for path in on_ray}
    assert [path for path in on_ray if "dapr" in path.read_text(encoding="utf-8").lower()] == []
    checkers = [path for path in (ROOT / "properties").rglob("*.py") if path.is_file()]
    assert [path for path in checkers if re.search(r"\bray\b", path.read_text(encoding="utf-8").lower())] == []


@every_runtime
def test_a_runtime_is_found_by_the_name_that_it_has(tried: Runtime) -> None:
    assert runtime(tried.name) is tried
    assert tried.title


@every_runtime
def test_traits_are_words_in_order_each_once(tried: Runtime) -> None:
    found = tried.traits(tried.tried[0])
    assert list(found) == sorted(set(found))
    assert all(trait == trait.lower().strip() and trait for trait in found)


@every_runtime
def test_a_topology_that_fits_stays_as_it_is(tried: Runtime) -> None:
    for version in tried.tried:
        once = tried.fit(Topology(version=version))
        assert tried.fit(once) == once
        assert once.store in tried.stores
    if "redis" in tried.stores:
        assert tried.fit(Topology()) == Topology()


@every_runtime
def test_different_requests_are_written_differently(tried: Runtime) -> None:
    written = [
        tried.api.wire(request)
        for request in (
            Call(actor="T/a", method="m", body=b"{}"),
            Call(actor="T/b", method="m", body=b"{}"),
            Call(actor="T/a/b", method="m", body=b"{}"),
            Call(actor="T/a", method="n", body=b"{}"),
            Register(actor="T/a", name="m", schedule=Schedule(due_s=1)),
            Register(actor="T/a", name="m", schedule=Schedule(due_s=1, period_s=2)),
            Register(actor="T/a", name="m", schedule=Schedule(due_s=1, period_s=2, repetitions=3)),
            Register(actor="T/a", name="m", schedule=Schedule(due_s=1, ttl_s=2)),
            Unregister(actor="T/a", name="m"),
        )
    ]
    assert len(set(written)) == len(written)


# ---- what it does on a cluster


def test_every_unit_has_a_role_and_every_host_hosts_actors(seen: Seen) -> None:
    assert set(seen.roles.values()) <= set(get_args(Role))
    hosting = {unit.partition("/")[0] for unit, role in seen.roles.items() if role == "app"}
    assert hosting == set(HOSTS)
    assert ("store" in seen.roles.values()) is (seen.store in {"redis", "postgres"})


def test_its_parts_come_to_agree_also_when_a_host_is_gone(seen: Seen) -> None:
    assert seen.settled == (True, True)


def test_who_leads_is_a_unit_of_the_control_plane_or_nobody(seen: Seen) -> None:
    assert seen.leader is None or seen.roles[seen.leader] == "control"


def test_calls_are_answered_through_each_host_and_after_one_is_gone(seen: Seen) -> None:
    assert [answer.outcome for answer in seen.answers] == ["ok", "ok", "ok"]
    assert len({answer.turn for answer in seen.answers}) == len(seen.answers)


def test_a_host_that_is_gone_refuses_calls(seen: Seen) -> None:
    assert (seen.refused.outcome, seen.refused.reason) == ("fail", "refused")


def test_reminders_are_taken_and_given_back_or_refused_where_nobody_promises_them(seen: Seen) -> None:
    if seen.promises is None or "reminders" in seen.promises:
        assert (seen.registered.outcome, seen.unregistered.outcome) == ("ok", "ok")
    else:
        assert seen.registered.refused
        assert seen.unregistered.refused


def test_its_own_view_names_the_hosts_and_then_one_less(seen: Seen) -> None:
    shown = [set(event.hosts) for event in seen.events if isinstance(event, ev.TableObserved) and event.leader]
    assert set(HOSTS) in shown
    assert {HOSTS[1]} in shown[shown.index(set(HOSTS)) :]


def test_every_acknowledged_save_stands_in_the_log_of_its_store(seen: Seen) -> None:
    if seen.store == "memory":
        assert not any(isinstance(event, ev.StoreCommitted | ev.StoreLogBroken) for event in seen.events)
        return
    commits = [event for event in seen.events if isinstance(event, ev.StoreCommitted)]
    assert [event.index for event in commits] == list(range(len(commits)))
    saved = {write.key for event in commits for write in event.writes if write.actor == ACTOR}
    acknowledged = {entry_key(msgspec.json.decode(answer.result)["index"]) for answer in seen.answers}
    assert len(acknowledged) == len(seen.answers)
    assert acknowledged <= saved
    assert not any(isinstance(event, ev.StoreLogBroken) for event in seen.events)
