"""Orders: actors of your own, and a scenario that tries them. ``actorproof run ./examples/own_subject.py``

An order is placed, asked for and cancelled by many callers at once, while hosts are killed.
"""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.subjects.actors.subject import Args, Subject, Turn, method, text
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan


class Order(Subject):
    """One order: what was ordered, or null. To the model it is a register that holds that."""

    MODEL = "register"

    @method("writes", function="write", takes=("item",))
    async def place(self, turn: Turn, args: Args) -> None:
        """Order `item`."""
        await turn.hold()
        await turn.save({"order": {"item": text(args, "item")}})

    @method("writes", function="write")
    async def cancel(self, turn: Turn, _args: Args) -> None:
        """Order nothing."""
        await turn.save({"order": {"item": None}})

    @method("reads", function="read")
    async def status(self, turn: Turn, _args: Args) -> object:
        """What is ordered."""
        stored = await turn.load("order")
        return stored["item"] if stored else None


def plan(setting: Setting) -> Plan:
    """Callers meet on each order; after that a host dies and comes back."""
    planner = Planner(setting)

    def cycle() -> None:
        planner.bursts("Order", "place", actors=4, callers=2, hold_s=0.1, args={"item": "tea"})
        planner.bursts("Order", "place", actors=4, callers=2, args={"item": "milk"})
        planner.bursts("Order", "status", actors=4, callers=2)
        planner.bursts("Order", "cancel", actors=4)
        planner.hold(0.5)
        planner.fault("kill", planner.host(), for_s=2.0)
        planner.bursts("Order", "place", actors=4, args={"item": "coffee"})
        planner.bursts("Order", "status", actors=4, callers=2)
        planner.wait(2.0)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="orders",
    summary="orders are placed and cancelled while hosts are killed",
    guarantees=("turns", "linearizability"),
    topology=Topology(hosts=2, spare_hosts=0),
    load=Load(mix={"counter": 1}, clients=2, actors=2, fickle=0, probes=2),
    plan=plan,
    duration_s={"quick": 10, "standard": 60, "soak": 600},
    subjects=(Order,),
)
