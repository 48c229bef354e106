"""Which calls that only read are held up by a turn that changes their actor."""

from __future__ import annotations

from actorproof.properties.guarantees.execution.readers import HELD_UP
from tests.properties.readers.make_cases import ACTOR, TRAITS, read
from tests.properties.scene import Row, Story, row, table


class Reading(Story):
    """An actor is changed from 20 to 23 s; who reads it otherwise is answered at once."""

    guarantee, actor, end_s = "readers", ACTOR, 60.0

    def __init__(self) -> None:
        super().__init__(traits=TRAITS)
        for at_s in range(10, 16):
            self.get(at_s, at_s + 0.05)
        self.called(19.9, 23.0, margin_s=0.0)

    def get(self, sent_s: float, from_s: float, *, times: int = 1, turn: bool = True) -> None:
        """Calls that read, one every millisecond, and when their turns began."""
        for number in range(times):
            read(self, self.one, sent_s + number / 1000, from_s + number / 1000, turn=turn)


HELD = "get 20.5 23.1 times={}; "
FIVE = HELD.format(5)


@table(
    row("five", FIVE, classes={HELD_UP: 5}, says="was sent 2.5 s before", figures={"reads sent beside a writer": 5}),
    row("four are a coincidence", HELD.format(4), opportunities={HELD_UP: 4}),
    row("they begin soon after its end", HELD.format(4) + "get 20.5 23.3", classes={HELD_UP: 5}),
    row("not long after", HELD.format(4) + "get 20.5 23.31"),
    row("it had a second to run", HELD.format(4) + "get 22 23.1", classes={HELD_UP: 5}),
    row("not less", HELD.format(4) + "get 22.01 23.1", opportunities={HELD_UP: 4}),
    row("one ran beside it", FIVE + "get 22.5 22.6", figures={"reads that began beside a writer": 1}),
    row("or within it", FIVE + "get 21 21.1", evidence={"inside": 1}),
    row("not when it ended later", FIVE + "get 21 22.99", evidence={"inside": 0}),
    row("one may have run, in no journal", FIVE + "get 21 21.1 turn=false"),
    row("one that was refused did not", FIVE + 'sent 21 21.1 name="get" outcome="fail"', classes={HELD_UP: 5}),
    row("readers always wait", FIVE + "get 30 30.6 times=7"),
    row("they wait for less than half a second", FIVE + "get 30 30.4 times=7", classes={HELD_UP: 5}),
    row("some do", FIVE + "get 30 30.6 times=5", classes={HELD_UP: 5}),
    row("who changes it waits", 'sent 20.5 24 op="c"; ran 23.1 23.9 op="c"', opportunities={HELD_UP: 0}),
)
def test_calls_beside_a_writer(row: Row) -> None:
    row.check(Reading)
