"""How far each link of a cause reaches: the last instant at which it still explains what came, and the next one."""

from __future__ import annotations

import pytest

from tests.properties.causes.test_causes import FRONT, UNDISTURBED, TwoHosts, cause_in, cause_of, mechanism_of, queue
from tests.properties.scene import rules

ACTOR = TwoHosts.actor


def two_hosts(**run: object) -> tuple[TwoHosts, str, str]:
    """The story, and the processes of its two applications."""
    h = TwoHosts(**run)
    return h, h.on(1), h.on(2)


def met(h: TwoHosts, one: str, other: str, *, first_s: float = 8.0, second_s: float = 10.0) -> list[str]:
    """The links that lead to a second turn beside a first one, which is still open."""
    h.turn(ACTOR, one, first_s, 12.0 + first_s, turn="t1")
    h.turn(ACTOR, other, second_s, 0.5 + second_s, turn="t2")
    h.close(60.0)
    return [link.kind for link in cause_in(h.timeline()).example.links]


@pytest.mark.parametrize("part", ["app", "sidecar"])
@pytest.mark.parametrize(
    ("from_s", "to_s", "told"), [(10.0, 11.0, True), (10.001, 11.0, False), (7.0, 8.0, True), (7.0, 7.999, False)]
)
def test_a_host_that_stood_still_explains_turns_from_the_first_to_the_second(
    part: str, from_s: float, to_s: float, *, told: bool
) -> None:
    h, one, two = two_hosts()
    h.pause(f"host-1/{part}", from_s, to_s)
    assert ("host stopped" in met(h, one, two)) is told


@pytest.mark.parametrize(("at_s", "told"), [(7.9, True), (10.0, True), (10.001, False)])
def test_a_sidecar_that_is_gone_or_leaves_explains_what_begins_from_then_on(at_s: float, *, told: bool) -> None:
    died, one, two = two_hosts()
    died.exit("host-1/sidecar", at_s, code=1, expected=False)
    assert ("sidecar gone" in met(died, one, two)) is told
    asked, one, two = two_hosts()
    asked.signal("host-1/sidecar", at_s, "SIGTERM")
    assert ("host leaving" in met(asked, one, two)) is told


@pytest.mark.parametrize(("host", "said"), [(1, "on host-1"), (2, "on host-1 and host-2")])
def test_turns_at_once_are_told_with_their_hosts(host: int, said: str) -> None:
    h, one, _ = two_hosts()
    met(h, one, h.on(host))
    assert cause_in(h.timeline()).example.links[-1].said.endswith(f"ran at the same time {said}")


def test_where_sidecars_only_hand_calls_over_their_end_explains_nothing() -> None:
    died, one, two = two_hosts(traits=("sidecars-hand-over",))
    died.exit("host-1/sidecar", 8.0, code=1, expected=False)
    assert "sidecar gone" not in met(died, one, two)


def test_a_sidecar_that_came_after_the_first_turn_explains_nothing() -> None:
    h, one, two = two_hosts()
    h.start("host-1/sidecar", 8.001)
    h.signal("host-1/sidecar", 9.0, "SIGTERM", incarnation=2)
    assert "host leaving" not in met(h, one, two)


@pytest.mark.parametrize(
    ("from_s", "healed_s", "told"), [(21.0, 22.0, True), (21.001, 22.0, False), (3.0, 5.0, True), (3.0, 4.999, False)]
)
def test_the_fault_behind_a_link_may_start_a_second_later_or_be_healed_15_s_before(
    from_s: float, healed_s: float, *, told: bool
) -> None:
    h, one, two = two_hosts()
    h.fault("pause", "host-1/app", from_s, healed_s, units=["host-1/app"])
    h.pause("host-1/app", 20.0, 21.0)
    assert ("fault" in met(h, one, two, first_s=19.0, second_s=20.5)) is told


@rules(
    "units links told",
    ("the other half of the host", ["host-1/sidecar"], [], "1"),
    ("a link of it", [], ["host-1>store"], "1"),
    ("a link to it", [], ["peers>host-1"], "1"),
    ("another host as well", ["host-2/app", "host-1/app"], [], "1"),
    ("another host", ["host-2/app"], ["host-2>store"], "0"),
)
def test_the_fault_behind_a_link_is_the_last_one_that_struck_its_host(
    units: list[str], links: list[str], told: str
) -> None:
    """The first fault struck that host, too."""
    for what in ("paused", "asked"):
        h, one, two = two_hosts()
        h.fault("kill", "0", 7.0, 7.5, units=["host-1/app"])
        h.fault("kill", "1", 8.5, 9.5, units=units, links=links)
        h.pause("host-1/app", 9.0, 11.0) if what == "paused" else h.asked(9.0, unit="host-1/sidecar")
        met(h, one, two)
        assert cause_in(h.timeline()).example.links[0].said == f"kill {told}"


@pytest.mark.parametrize(
    ("start_s", "next_s", "mechanism"), [(11.5, 11.6, FRONT), (11.501, 11.6, UNDISTURBED), (10.9, 11.0, FRONT)]
)
def test_two_ends_let_two_calls_in_within_a_second(start_s: float, next_s: float, mechanism: str) -> None:
    told = queue() + f'ran {start_s} 13 turn="t3"; ran {next_s} 12 turn="t4"'
    assert mechanism_of(told, "t3 t4") == mechanism


@pytest.mark.parametrize(
    ("from_s", "healed_s", "first_s", "told"),
    [(1.0, 3.0, 18.0, False), (1.0, 3.0, 18.001, True), (19.0, 19.5, 18.5, False), (19.001, 19.5, 18.5, True)],
)
def test_nothing_had_changed_15_s_after_any_fault_was_healed_and_before_the_next(
    from_s: float, healed_s: float, first_s: float, *, told: bool
) -> None:
    h, one, _ = two_hosts()
    h.fault("delay", "client>host-2", from_s, healed_s, links=["client>host-2"])
    assert ("nothing had changed" in met(h, one, one, first_s=first_s, second_s=19.0)) is told


@pytest.mark.parametrize(("at_s", "told"), [(7.999, True), (8.0, False), (10.0, False), (10.001, True)])
def test_nothing_had_changed_where_the_actor_was_not_told_to_end_meanwhile(at_s: float, *, told: bool) -> None:
    h, one, _ = two_hosts()
    h.deactivate(ACTOR, one, at_s)
    assert ("nothing had changed" in met(h, one, one)) is told


@pytest.mark.parametrize(("save_s", "blocked"), [(1.999, False), (2.0, True)])
def test_a_save_of_half_a_drain_keeps_it_from_ending(save_s: float, *, blocked: bool) -> None:
    told = (
        'sent 9.8 15 op="c" turn="t2"; ran 9.9 14.05 op="c" turn="t1"; tabled 10 2 hosts=[1];'
        f'saved 10 {10 + save_s} turn="t1" count=1 acknowledged=false; ran 14.02 14.9 op="c" turn="t2"'
    )
    kinds = [link.kind for link in cause_of(told, drain_timeout_s=4.0).example.links]
    assert ("runtime call blocked" in kinds) is blocked


def gave_up(h: TwoHosts, one: str, *, next_s: float = 14.02) -> dict[str, str]:
    """What is said, by link, where a drain of 4 s from 10 s on gave up on a turn and let the next one in."""
    h.table(10.0, 2, ["host-1"])
    h.turn(ACTOR, one, next_s, 17.0, turn="t2")
    h.close(20.0)
    return {link.kind: link.said for link in cause_in(h.timeline()).example.links}


@pytest.mark.parametrize(
    ("from_s", "to_s", "blocked"),
    [(11.0, 12.999, False), (11.0, 13.0, True), (13.001, 14.0, False), (13.0, 14.0, True), (13.0, 16.0, True)],
)
def test_a_call_keeps_a_drain_from_ending_for_half_of_it_or_for_a_second_until_it_ran_out(
    from_s: float, to_s: float, *, blocked: bool
) -> None:
    h, one, _ = two_hosts(drain_timeout_s=4.0)
    h.turn(ACTOR, one, 9.9, 17.0, turn="t1")
    h.save("t1", [("count", "1")], from_s, to_s, acknowledged=False)
    assert ("runtime call blocked" in gave_up(h, one)) is blocked


@rules(
    "what to_s said",
    ("a save", "save", 14.5, "save save-1 and got its answer only 4.3 s later"),
    ("one without an answer", "save", None, "save save-1 and got no answer"),
    ("another call", "read", 14.5, "read call-1 and got its answer only 4.3 s later"),
)
def test_what_a_drain_held_up_is_told_with_its_answer(what: str, to_s: float | None, said: str) -> None:
    h, one, _ = two_hosts(drain_timeout_s=4.0)
    h.turn(ACTOR, one, 9.9, 17.0, turn="t1")
    h.saved(10.2, to_s, turn="t1", acknowledged=False, count=1) if what == "save" else h.ask("t1", "read", 10.2, to_s)
    assert gave_up(h, one)["runtime call blocked"].startswith(f"turn t1 asked for {said}")


def test_of_two_calls_that_a_drain_held_up_the_turns_own_is_told() -> None:
    h, one, _ = two_hosts(drain_timeout_s=4.0)
    for actor, turn, at_s in (("Ledger/b", "other", 9.8), (ACTOR, "t1", 9.9)):
        h.turn(actor, one, at_s, 17.0, turn=turn)
        h.save(turn, [("count", "1")], at_s + 0.3, 14.5, acknowledged=False)
    assert gave_up(h, one)["runtime call blocked"].startswith("turn t1 asked for ")


@pytest.mark.parametrize(("next_s", "told"), [(13.9, True), (13.901, False)])
def test_a_table_that_changed_a_tenth_of_a_second_before_it_was_seen_is_told(next_s: float, *, told: bool) -> None:
    h, one, _ = two_hosts(drain_timeout_s=4.0)
    h.turn(ACTOR, one, 9.0, 13.99, turn="t1")
    assert ("before it was seen" in gave_up(h, one, next_s=next_s)["drain gave up"]) is told


@pytest.mark.parametrize(
    ("table_s", "took", "told"),
    [
        (22.0, True, True),
        (22.001, True, False),
        (29.999, True, False),
        (30.0, True, True),
        (42.0, True, True),
        (42.001, True, False),
        (9.999, True, False),
        (10.0, True, True),
        (22.0, False, False),
    ],
)
def test_a_fault_that_took_effect_makes_a_table_for_12_s_from_its_start_and_from_its_heal(
    table_s: float, *, took: bool, told: bool
) -> None:
    h, one, _ = two_hosts(drain_timeout_s=4.0)
    h.fault("kill", "host-2", 10.0, 30.0, units=["host-2/app", "host-2/sidecar"], took=took)
    h.turn(ACTOR, one, table_s - 1, table_s + 9, turn="t1")
    h.table(table_s, 2, ["host-1"])
    h.turn(ACTOR, one, table_s + 4.02, table_s + 8, turn="t2")
    h.close(80.0)
    assert ("fault" in {link.kind for link in cause_in(h.timeline()).example.links}) is told
