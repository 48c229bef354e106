"""What Dapr's programs say, as recorded from 1.12.0, 1.16.0 and 1.18.2 (shortened)."""

from __future__ import annotations

import pytest

from actorproof.harness.runtimes.dapr import view

NEW = (
    b'{"tables":{"default":{"hosts":[{"name":"127.0.2.1:24244","entities":["Counter","Ledger"],"id":"actorproof",'
    b'"api_level":20,"namespace":"default","operation":1}],"version":3}}}'
)
OLD = (
    b'{"hostList":[{"name":"127.0.2.1:24244","namespace":"default","appId":"actorproof","actorTypes":["Ledger",'
    b'"Counter"],"updatedAt":1795228907834893805,"apiLevel":20},{"name":"127.0.0.1:5"}],"tableVersion":3,"apiLevel":20}\n'
)


def test_tables() -> None:
    types = frozenset({"Counter", "Ledger"})
    assert view.table(NEW) == view.TableView(version=3, types={"127.0.2.1:24244": types})
    assert view.table(OLD) == view.TableView(version=3, types={"127.0.2.1:24244": types, "127.0.0.1:5": frozenset()})
    assert view.table(b"{}") == view.TableView(version=0, types={})


@pytest.mark.parametrize("body", [b"null", b"", b"[]", b"not json", b'{"tables":[]}'])
def test_no_table(body: bytes) -> None:
    assert view.table(body) is None


def test_runtime() -> None:
    def body(placement: str) -> bytes:
        return b'{"id":"a","actors":[],"actorRuntime":{"hostReady":true,"placement":"%s"}}' % placement.encode()

    good = view.RuntimeView(placement_connected=True, host_ready=True)
    assert view.runtime(body("placement: connected")) == good
    bad = view.runtime(body("placement: disconnected"))
    assert bad is not None
    assert not bad.placement_connected
    assert view.runtime(b'{"id":"actorproof","actors":[]}') is None
    assert view.runtime(b"<html>") is None


def test_metric() -> None:
    text = b'# HELP a b\nleader 1\nleader_other 5\nruntimes{ns="a"} 2\nruntimes{ns="b"} 3\n'
    assert view.metric(text, "leader") == 1
    assert view.metric(text, "runtimes") == 3
    assert view.metric(text, "absent") is None
