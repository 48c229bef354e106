"""What became of a public issue stands beside it, where it was looked up, and nothing is said of others."""

from __future__ import annotations

from actorproof.harness.run.shipped import mechanisms
from actorproof.reports.upstream import known, short, upstream


def test_only_what_a_mechanism_names_is_kept() -> None:
    assert set(upstream().status) <= {each.upstream for each in mechanisms()}


def test_an_address_is_told_with_its_status_and_the_day() -> None:
    address = "https://github.com/dapr/dapr/issues/9514"
    assert known(address) == f"{address} (open, looked up {upstream().looked_up})"
    assert known("none known") == "none known"


def test_a_thread_is_named_as_its_readers_write_it_and_what_has_none_says_so() -> None:
    addresses = (
        "https://github.com/dapr/dapr/issues/9514",
        "https://github.com/a-b/c.d/pull/1",
        "https://a.b/c",
        "none known",
    )
    assert [short(each) for each in addresses] == ["dapr/dapr#9514", "a-b/c.d#1", "https://a.b/c", "no public issue"]
