"""Kinds of faults: one record each, whose traits go with the history."""

from __future__ import annotations

import msgspec
import pytest

from actorproof.harness.faults.kind import KINDS
from actorproof.harness.faults.verb import Verb
from actorproof.harness.history import events as ev
from actorproof.harness.history.fault_traits import BEFORE


def test_every_verb_has_one_kind_with_a_colour_of_its_own() -> None:
    assert set(KINDS) == set(Verb)
    assert len({kind.colour for kind in KINDS.values()}) == len(KINDS)


@pytest.mark.parametrize("verb", list(Verb))
def test_a_history_recorded_without_traits_is_read_as_one_with_those_of_its_kind(verb: Verb) -> None:
    line = f'{{"kind":"fault-started","process":"harness","seq":1,"t_ns":1,"fault":"f","verb":"{verb}"'
    old = msgspec.json.decode(line + ',"target":"t","units":[],"links":[]}', type=ev.FaultStarted)
    assert old.traits == KINDS[verb].traits


def test_traits_that_were_recorded_count_whatever_the_verb() -> None:
    fields = {"process": "harness", "seq": 1, "t_ns": 1, "fault": "f", "target": "t", "units": (), "links": ()}
    unheard_of = ev.FaultStarted(**fields, verb="sever-somehow", traits=("severs",))
    again = msgspec.json.decode(msgspec.json.encode(unheard_of), type=ev.FaultStarted)
    assert again.has("severs")
    assert not ev.FaultStarted(**fields, verb="cut", traits=()).has("severs")


def test_the_frozen_table_names_no_verb_that_there_is_no_kind_of() -> None:
    assert set(BEFORE) <= {str(verb) for verb in Verb}
