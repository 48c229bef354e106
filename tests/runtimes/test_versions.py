"""Versions of Dapr: how they compare, and what each has."""

from __future__ import annotations

from itertools import pairwise

import pytest

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.errors import TopologyError
from actorproof.harness.runtimes.dapr.versions import SINCE, TRIED, Trait, parse, traits
from actorproof.harness.runtimes.registry import runtime

DAPR = runtime("dapr")


def test_versions_compare_by_number_and_pre_releases_come_before_their_release() -> None:
    in_order = [
        *("1.9.11", "1.12.0", "1.18.2-rc.1", "1.18.2", "1.18.10", "1.19.0-alpha", "1.19.0-alpha.1", "1.19.0-rc.2"),
        *("1.19.0-rc.10", "1.19.0", "2.0.0"),
    ]
    versions = [parse(text) for text in in_order]
    assert all(early < late for early, late in pairwise(versions))


@pytest.mark.parametrize("text", ["", "1.18", "v1.18.2", "1.18.2.1", "newest", "1.18.x", "1.18.2-", "1.18.2 "])
def test_what_is_no_version_is_refused_with_the_form_of_one(text: str) -> None:
    with pytest.raises(TopologyError, match=r"is no version: write it as in 1\.18\.2 or 1\.19\.0-rc\.1$"):
        DAPR.traits(text)


@pytest.mark.parametrize("trait", Trait)
def test_a_trait_is_there_from_the_first_pre_release_of_its_minor_version_on(trait: Trait) -> None:
    major, minor = SINCE[trait]
    assert trait not in traits(f"{major}.{minor - 1}.99")
    for version in (f"{major}.{minor}.0-alpha.1", f"{major}.{minor}.0", f"{major}.{minor}.7", f"{major + 1}.0.0"):
        assert trait in traits(version)


@pytest.mark.parametrize(
    ("version", "drain", "scheduler", "listen"),
    [
        ("1.12.0", False, False, False),
        ("1.14.1", False, True, True),
        ("1.16.0", False, True, True),
        ("1.17.0-rc.1", True, True, True),
        ("1.18.3", True, True, True),
        ("1.19.0-rc.1", True, True, True),
    ],
)
def test_the_traits_that_runs_depend_on(version: str, *, drain: bool, scheduler: bool, listen: bool) -> None:
    found = DAPR.traits(version)
    expected = {"drain-honoured": drain, "scheduler": scheduler, "internal-listen-address": listen}
    assert {name: name in found for name in expected} == expected


@pytest.mark.parametrize("version", ["1.18.3", "1.17.0", "1.19.0-rc.1", "9.9.9"])
def test_a_version_that_nobody_tried_is_said_so_in_one_line(version: str) -> None:
    said = DAPR.untried(version)
    assert said is not None
    assert said.startswith(f"Dapr {version} was never tried")
    assert "\n" not in said
    assert [DAPR.untried(tried) for tried in TRIED] == [None] * len(TRIED)


def test_a_topology_has_no_more_than_its_version() -> None:
    old = DAPR.fit(Topology(version="1.12.0"))
    assert (old.schedulers, old.peers_proxied) == (0, False)
    new = DAPR.fit(Topology(version="1.19.0-rc.1"))
    assert (new.placements, new.schedulers, new.peers_proxied) == (1, 1, True)


@pytest.mark.parametrize(
    ("topology", "why"),
    [
        (Topology(placements=2), "placements is 2: choose 1 or 3"),
        (Topology(placements=0), "placements is 0: choose 1 or 3"),
        (Topology(schedulers=0), "schedulers is 0: choose 1 or 3"),
        (Topology(version="1.12.0", schedulers=1), "Dapr 1.12.0 has no scheduler: choose 0 schedulers"),
    ],
)
def test_a_number_of_replicas_that_can_not_be_is_refused(topology: Topology, why: str) -> None:
    with pytest.raises(TopologyError, match=why):
        DAPR.fit(topology, fixed=frozenset({"placements", "schedulers"}))


def test_placement_may_be_left_out_once_schedulers_can_do_its_work() -> None:
    assert DAPR.fit(Topology(version="1.19.0-rc.1", placements=0)).placements == 0
