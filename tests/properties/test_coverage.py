"""Coverage counts, for each kind of fault, what was under way when it struck."""

from __future__ import annotations

from actorproof.properties.views.coverage import Pair, coverage, seen, total
from tests.properties.builder import History
from tests.properties.scene import Story, rules

KILL = Pair(fault="kill host/app", under_way="turn open")


class Struck(Story):
    """Something is under way when a fault strikes, from 5.00 to 5.01 s."""

    actor = "A/1"

    def timer(self, at_s: float, **asked: float) -> None:
        """A timer is registered in 0.1 s, and its actor put away before the fault."""
        self.sent(at_s, at_s + 0.1, actor="Ticker/1", op="o", name="start", args={"name": "t", **asked})
        self.ran(at_s, at_s + 0.1, actor="Ticker/1", op="o", name="start")
        self.left(at_s + 0.5, actor="Ticker/1")

    def reminder(self, at_s: float, *, on: int = 1, outcome: str = "ok", **asked: float) -> None:
        """Likewise a reminder."""
        self.ran(at_s - 0.5, at_s - 0.4, on=on)
        self.sent(at_s, at_s + 0.1, action="register-reminder", name="r", args=asked, outcome=outcome)
        self.left(at_s + 0.5, on=on)

    def under_way(self) -> dict[str, int]:
        """What was under way; the rest is left out."""
        self.close(30.0)
        (found,) = coverage(self.timeline()) or (None,)
        return {} if found is None else {name: count for name, count in found.under_way.items() if count}


KILLED = 'struck 5 8 verb="kill" target="host-1/app" units=["host-1/app"]; '
JOINED = 'struck 5 20 verb="add" target="host-3" units=["host-3/app","host-3/sidecar"]; tabled 1 1; '
STORE = 'struck 5 8 verb="kill" target="store" units=["store"]; '
LINK = 'ran 4 6 on=2; struck 5 8 verb="cut" target="link" units=[] '
OPEN, DUE, QUEUED, SAVING = {"turn open": 1}, {"tick due": 1}, {"call queued": 1}, {"save open": 1}
IDLE, CHANGE, DRAIN = {"actor idle": 1}, {"table changing": 1}, {"drain": 1}


@rules(
    "text expected",
    ("a turn that is open", KILLED + "ran 4.9 5.1", OPEN),
    ("one that ended before", KILLED + "ran 4.5 4.9", {}),
    ("one that begins while the fault takes effect", KILLED + "ran 5.005 5.2", OPEN),
    ("one that begins later", KILLED + "ran 5.1 5.2", {}),
    ("one elsewhere", KILLED + "ran 4 6 on=2", {}),
    ("what has no effect is no fault", KILLED.replace(";", " took=false;") + "ran 4 6", {}),
    ("a save", KILLED + 'ran 4.9 5.1 turn="t"; saved 4.95 5.05 turn="t" k=1', OPEN | SAVING),
    ("one that was answered before", KILLED + 'ran 4.8 5.1 turn="t"; saved 4.85 4.95 turn="t" k=1', OPEN),
    ("one that never was", KILLED + 'ran 4.8 5.1 turn="t"; saved 4.85 turn="t" k=1', OPEN | SAVING),
    ("an unanswered one of a turn that is over", KILLED + 'ran 4.8 4.9 turn="t"; saved 4.85 turn="t" k=1', {}),
    ("what all share strikes everywhere", STORE + "ran 4 6 on=2", OPEN),
    ("placement", 'struck 5 8 target="placement:leader" units=["placement-0"]; ran 4 6 on=2', OPEN),
    ("a link of all hosts", LINK + 'links=["hosts>scheduler-0"]', OPEN),
    ("a link strikes at its ends", LINK + 'links=["host-1->host-2"]', OPEN),
    ("the one end that is a host", LINK + 'links=["host-2>store"]', OPEN),
    ("and nowhere else", LINK + 'links=["host-1>store"]', {}),
    ("a call behind another", KILLED + 'sent 3.9 6.1 op="o"; ran 4 6 op="o"; sent 4.5 7', OPEN | QUEUED),
    ("no other operation", KILLED + 'ran 4 6; sent 4.5 7 action="register-reminder" name="r" args={"due_s":9}', OPEN),
    ("a call to an actor that is free", KILLED + "ran 4 4.5; sent 4.6 7", {}),
    ("its own turn is no other", KILLED + 'sent 4.9 5.3 op="o"; ran 5.005 5.2 op="o"', OPEN),
    ("a call that has begun", KILLED + 'sent 4.5 7 op="o"; ran 4.6 7 op="o"; ran 4 6', OPEN),
    ("and runs once more", KILLED + 'sent 4.5 7 op="o"; ran 4.6 4.7 op="o"; ran 4.8 5.2; ran 5.3 7 op="o"', OPEN),
    ("a call behind one elsewhere", KILLED + "ran 4 6 on=2; sent 4.5 7", {}),
    ("unused for a second", KILLED + "ran 3 3.9", IDLE),
    ("used within a second", KILLED + "ran 3 4.5", {}),
    ("used again within that", KILLED + "ran 1 1.5; ran 4.5 4.6", {}),
    ("put away", KILLED + "ran 1 1.5; left 4", {}),
    ("gone with its application", KILLED + "ran 1 1.5; died 4", {}),
    ("a turn on from a change", KILLED + "tabled 1 1; tabled 4.5 2 hosts=[1]; ran 4 6", OPEN | CHANGE | DRAIN),
    ("while it is struck", KILLED + "tabled 1 1; tabled 5.005 2 hosts=[1]; ran 4 6", OPEN | CHANGE | DRAIN),
    ("a change a second before", KILLED + "tabled 1 1; tabled 3.9 2 hosts=[1]; ran 3 6", OPEN | DRAIN),
    ("a change after that", KILLED + "tabled 1 1; tabled 5.1 2 hosts=[1]; ran 4 6", OPEN),
    ("the same hosts are no change", KILLED + "tabled 1 1; tabled 4.5 2 hosts=[2,1]; ran 4 6", OPEN),
    ("nor is what had no table before", KILLED + "tabled 4.5 1; ran 4 6", OPEN),
    ("nor an empty one between", KILLED + "tabled 1 1; tabled 4.5 2 hosts=[]; tabled 4.6 3; ran 4 6", OPEN),
    ("a drain has an end", KILLED + "tabled 0.5 1; tabled 0.9 2 hosts=[1]; ran 0.8 6", OPEN),
    (
        "a host that joins strikes when it is in the table, and its own change is no other",
        JOINED + "tabled 7 2 hosts=[1,2,3]; ran 4.9 5.2; ran 6.9 9 on=2",
        OPEN | IDLE | DRAIN,
    ),
    ("not before", JOINED + "tabled 7 2 hosts=[1,2,3]; ran 5 5.2; left 5.3", {}),
    ("for half a second", JOINED + "tabled 7 2 hosts=[1,2,3]; ran 6.6 6.7; left 6.8", OPEN),
    ("no other table", JOINED + "tabled 6 2 hosts=[1]; tabled 7 3 hosts=[1,2,3]; ran 5.9 6.1; left 6.2", CHANGE),
    ("a table that has it already is not its own", JOINED + "tabled 4 2 hosts=[1,2,3]; ran 4.5 5.2", OPEN | CHANGE),
    ("a reminder falls due before the heal", KILLED + "reminder 0.9 due_s=5", DUE),
    ("one after it", KILLED + "reminder 0.9 due_s=9", {}),
    ("one before the fault", KILLED + "reminder 0.9 due_s=2", {}),
    ("each tick counts", KILLED + "reminder 0.9 due_s=1 period_s=2", DUE),
    ("as many as there are", KILLED + "reminder 0.9 due_s=1 period_s=2 repetitions=2", {}),
    ("the last of them", KILLED + "reminder 0.9 due_s=1 period_s=2 repetitions=3", DUE),
    ("a long period", KILLED + "reminder 0.9 due_s=1 period_s=20", {}),
    ("none before the first", KILLED + "reminder 0.9 due_s=9 period_s=8", {}),
    ("a registration that nobody answered for", KILLED + 'reminder 0.9 due_s=5 outcome="info"', {}),
    ("an actor elsewhere", KILLED + "reminder 0.9 on=2 due_s=5", {}),
    ("one never seen", KILLED + 'sent 1 2 action="register-reminder" name="r" args={"due_s":4}', {}),
    ("wherever it is when all are struck", STORE + "reminder 0.9 on=2 due_s=5", DUE),
    (
        "one that was unregistered",
        KILLED + 'reminder 0.9 due_s=5; sent 2 2.1 action="unregister-reminder" name="r"',
        {},
    ),
    ("a timer", KILLED + "timer 0.9 due_s=5", DUE),
    ("its ticks", KILLED + "timer 0.9 due_s=1 period_s=2", DUE),
    ("its last tick", KILLED + "timer 0.9 due_s=1 period_s=2 repetitions=2", {}),
    ("its time to live", KILLED + "timer 0.9 due_s=1 period_s=2 ttl_s=5.1", DUE),
    ("when that is over", KILLED + "timer 0.9 due_s=1 period_s=2 ttl_s=4.9", {}),
    ("one that ends", KILLED + 'timer 0.9 due_s=5; sent 2 2.1 actor="Ticker/1" name="stop" args={"name":"t"}', {}),
)  # fmt: skip
def test_what_is_under_way_when_a_fault_strikes(text: str, expected: dict[str, int]) -> None:
    assert Struck(drain_timeout_s=4.0).tell(text).under_way() == expected


def test_kinds_are_told_without_numbers_and_summed_over_histories() -> None:
    parts = []
    for number in (1, 2):
        history = History()
        hosts = [history.app("host-1"), history.app("host-2")]
        history.turn("A/1", hosts[number - 1], 4.0, 6.0)
        history.fault("kill", f"host-{number}/app", 5.0, 8.0, units=(f"host-{number}/app",))
        history.fault("block", "host-1->host-2", 20.0, 21.0, links=("host-1->host-2",))
        history.close(30.0)
        parts.append(coverage(history.timeline()))
    found = total(parts)
    assert [(row.fault, row.times) for row in found] == [("block host->host", 2), ("kill host/app", 2)]
    assert seen(found, KILL) == 2
    assert seen(found, Pair(fault="kill store", under_way="turn open")) == 0
