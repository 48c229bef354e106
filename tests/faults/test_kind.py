"""Kinds of faults: one record each, whose traits go with the history."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actorproof.harness.errors import UsageError
from actorproof.harness.faults.fault import Fault
from actorproof.harness.faults.kind import Colour, FaultKind, TourStop
from actorproof.harness.faults.registry import kinds
from actorproof.harness.history import events as ev
from actorproof.harness.history.fault_traits import BEFORE

STYLE = Path(__file__).parents[2] / "reports/html/templates/style.css"


@pytest.mark.parametrize("verb", BEFORE)
def test_a_history_recorded_without_traits_is_read_as_one_with_those_of_its_kind(verb: str) -> None:
    line = f'{{"kind":"fault-started","process":"harness","seq":1,"t_ns":1,"fault":"f","verb":"{verb}"'
    old = msgspec.json.decode(line + ',"target":"t","units":[],"links":[]}', type=ev.FaultStarted)
    assert old.traits == kinds()[verb].traits


def test_traits_that_were_recorded_count_whatever_the_verb() -> None:
    def fault(verb: str, traits: tuple[str, ...]) -> ev.FaultStarted:
        return ev.FaultStarted(
            process="harness", seq=1, t_ns=1, fault="f", target="t", units=(), links=(), verb=verb, traits=traits
        )

    unheard_of = fault("sever-somehow", ("severs",))
    again = msgspec.json.decode(msgspec.json.encode(unheard_of), type=ev.FaultStarted)
    assert again.has("severs")
    assert not fault("cut", ()).has("severs")


def test_the_frozen_table_names_no_verb_that_there_is_no_kind_of() -> None:
    assert set(BEFORE) <= set(kinds())


def _luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: kind.verb)
def test_a_kinds_colours_stand_out_from_their_ground_and_under_their_labels(kind: FaultKind) -> None:
    style = STYLE.read_text()
    light_card, dark_card = re.findall(r"--card: (#[0-9a-f]{6});", style)
    label = re.search(r"--on-fault: (#[0-9a-f]{6});", style)
    assert label is not None
    assert _contrast(kind.colour.light, light_card) >= 3
    assert _contrast(kind.colour.dark, dark_card) >= 3
    assert min(_contrast(colour, label[1]) for colour in (kind.colour.light, kind.colour.dark)) >= 4.5


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_no_two_kinds_have_one_colour(ground: str) -> None:
    assert len({getattr(kind.colour, ground) for kind in kinds().values()}) == len(kinds())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"verb": "Pull the plug"}, "name it in small letters"),
        ({"strengths": ()}, "give it one strength"),
        ({"strengths": ({"depth": 1},)}, "has no parameter depth: it takes none"),
        ({"tour": (TourStop(target="host-1", params={"depth": 1}),)}, "has no parameter depth"),
    ],
)
def test_a_kind_that_can_not_be_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises((ValueError, UsageError), match=said):
        replace(kinds()["kill"], **change)


@pytest.mark.parametrize("colour", ["red", "#fff", "#FFFFFF", "#12345g"])
def test_a_colour_is_rrggbb(colour: str) -> None:
    with pytest.raises(ValueError, match="write it as #rrggbb"):
        Colour(light="#000000", dark=colour)


@pytest.mark.parametrize(
    ("verb", "target", "params", "said"),
    [
        ("delay", "host-1>store", {"delay_ms": -1}, "delay_ms is negative"),
        ("delay", "host-1>store", {"speed": 1}, "choose one of delay_ms, jitter_ms"),
        ("throttle", "host-1", {"cpu_percent": 0}, "cpu_percent has to be positive"),
    ],
)
def test_a_parameter_that_can_not_be_is_refused(verb: str, target: str, params: dict[str, int], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Fault(verb=verb, target=target, params=params)


def test_parameters_that_are_not_given_have_their_defaults() -> None:
    assert Fault(verb="delay", target="host-1>store", params={"delay_ms": 7}).params == {
        "delay_ms": 7,
        "jitter_ms": 100,
    }
