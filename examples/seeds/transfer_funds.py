"""BankActor: transfers between accounts in one transaction. ``actorproof run ./examples/seeds/transfer_funds.py``

Up to the line is what an application has (``uvicorn transfer_funds:app``). Below it stands what Actorproof needs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from dapr.actor import Actor, ActorInterface, actormethod
from dapr.ext.fastapi import DaprActor
from fastapi import FastAPI

NAMES = ("ann", "bob", "cid")
AT_FIRST = 100


class BankActorInterface(ActorInterface):
    @actormethod(name="TransferFunds")
    async def transfer_funds(self, transfer: dict[str, Any]) -> bool: ...

    @actormethod(name="Balances")
    async def balances(self) -> dict[str, int]: ...


class BankActor(Actor, BankActorInterface):
    async def transfer_funds(self, transfer: dict[str, Any]) -> bool:
        source, target, amount = transfer["from"], transfer["to"], transfer["amount"]
        held = await self.balances()
        if held[source] < amount or source == target:
            return False
        await self._state_manager.set_state(f"account:{source}", {"balance": held[source] - amount})
        await self._state_manager.set_state(f"account:{target}", {"balance": held[target] + amount})
        await self._state_manager.save_state()  # both in one transaction
        return True

    async def balances(self) -> dict[str, int]:
        held = {}
        for name in NAMES:
            _, account = await self._state_manager.try_get_state(f"account:{name}")
            held[name] = int(account["balance"]) if account else AT_FIRST
        return held


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    await DaprActor(app).register_actor(BankActor)
    yield


app = FastAPI(lifespan=lifespan)

# ---------------------------------------------------------------------------------------------------------------------

import json

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.subjects.native import native, reads, writes
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

BANK = native(BankActor, writes("TransferFunds"), reads("Balances"))


def plan(setting: Setting) -> Plan:
    """Transfers in both directions at once, over the death of a host."""
    planner = Planner(setting)

    def cycle() -> None:
        for step in range(8):
            for number in range(3):
                for source, target in (("ann", "bob"), ("bob", "cid"), ("cid", "ann")):
                    transfer = {"from": source, "to": target, "amount": 7 + step}
                    planner.send(f"BankActor/bank-{number}", "TransferFunds", json.dumps(transfer))
                planner.send(f"BankActor/bank-{number}", "Balances")
            planner.hold(0.2)
            if step == 3:
                planner.fault("kill", planner.host(), for_s=1.5)
        planner.hold(3.0)
        for number in range(3):
            planner.send(f"BankActor/bank-{number}", "Balances")

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="transfer-funds",
    summary="transfers change two keys in one transaction, also when a host dies meanwhile",
    guarantees=("turns", "durability"),
    topology=Topology(hosts=2, spare_hosts=0, subject="sdk"),
    load=Load(mix={"counter": 1}, clients=1, actors=1, fickle=0, probes=2),
    plan=plan,
    timed=False,
    duration_s={"quick": 5, "standard": 60, "soak": 600},
    subjects=(BANK,),
)
