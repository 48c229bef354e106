"""What came between two executions of one call."""

from __future__ import annotations

from tests.properties.builder import History
from tests.properties.terms import free, verdict_on

A = "Counter/a"


def figures(h: History) -> dict[str, float]:
    return {figure.name: figure.value for figure in verdict_on(h.timeline(), free("executions")).figures}


def twice(*, same: bool = True) -> tuple[History, str]:
    """A call whose second turn begins 5 s after its first."""
    h = History()
    one, two = h.app("host-1"), h.app("host-2")
    op = h.operation(A, 10.0, 16.0)
    h.turn(A, one, 10.1, 10.2, op=op)
    h.turn(A, one if same else two, 15.1, 15.2, op=op)
    return h, op


def cause(h: History) -> str:
    h.close(60.0)
    (found,) = (name for name, value in figures(h).items() if name.startswith("surplus turns: ") and value)
    return found.partition(": ")[2]


def test_nothing_seen() -> None:
    assert cause(twice()[0]) == "nothing seen"


def test_a_host_that_died() -> None:
    h, _ = twice(same=False)
    h.kill("host-1/app", 12.0)
    assert cause(h) == "host lost"


def test_a_sidecar_that_was_asked_to_end() -> None:
    h, _ = twice()
    h.signal("host-1/sidecar", 12.0, "SIGTERM")
    assert cause(h) == "host lost"


def test_a_host_that_stood_still() -> None:
    h, _ = twice()
    h.pause("host-1/sidecar", 12.0, 14.0)
    assert cause(h) == "host stopped"


def test_a_link_of_its_host() -> None:
    h, _ = twice()
    h.fault("cut", "host-1>app", 12.0, 13.0, links=["host-1>app"])
    assert cause(h) == "link faulted"


def test_a_link_of_another_host_is_none() -> None:
    h, _ = twice()
    h.fault("cut", "host-2>app", 12.0, 13.0, links=["host-2>app"])
    assert cause(h) == "nothing seen"


def test_a_move() -> None:
    assert cause(twice(same=False)[0]) == "moved"


def test_a_table_that_changed() -> None:
    h, _ = twice()
    h.table(0.5, 1, ["host-1"])
    h.table(12.0, 2, ["host-1", "host-2"])
    assert cause(h) == "moved"


def test_an_instance_that_was_told_to_end() -> None:
    h = History()
    one = h.app("host-1")
    op = h.operation(A, 10.0, 16.0)
    h.turn(A, one, 10.1, 10.2, op=op)
    h.deactivate(A, one, 12.0)
    h.turn(A, one, 15.1, 15.2, op=op, instance=2)
    assert cause(h) == "deactivated"


def test_a_turn_that_failed() -> None:
    h = History()
    one = h.app("host-1")
    op = h.operation(A, 10.0, 16.0)
    h.turn(A, one, 10.1, 10.2, op=op, completed=False)
    h.turn(A, one, 15.1, 15.2, op=op)
    assert cause(h) == "failed"
