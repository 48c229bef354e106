"""Promises: what Ray Workflow's document says of its virtual actors, by guarantee."""

from __future__ import annotations

from collections.abc import Mapping

from actorproof.harness.history.info import Promise

DOCUMENT = "Ray 1.13, Workflows: Virtual Actors"

PROMISES: Mapping[str, Promise] = {
    "turns": Promise(
        sentence="When actor methods are called, new steps are dynamically appended to the workflow and executed.",
        source=f"{DOCUMENT}, Introduction",
        evidence={"contended_turns": 20, "kills": 1},
    ),
    "linearizability": Promise(
        sentence="New steps are dynamically appended to the workflow, returning the new actor state and result.",
        source=f"{DOCUMENT}, Introduction",
        evidence={"answers": 100, "contended": 20, "unanswered": 1},
    ),
    "durability": Promise(
        sentence="Virtual actors are like Ray actors, but backed by durable storage instead of a running process.",
        source=f"{DOCUMENT}, Introduction",
        evidence={"acknowledged_saves": 50, "final_reads": 2},
    ),
    "failed-turn": Promise(
        sentence="__getstate__ and __setstate__ are called on each step to restore and save the actor.",
        source=f"{DOCUMENT}, Introduction",
        evidence={"failed_turns": 2},
    ),
    "parallelism": Promise(
        sentence="run_async is non-blocking execution.",
        source=f"{DOCUMENT}, Introduction",
        evidence={"inside": 1},
    ),
    "readers": Promise(
        sentence="Readonly methods can be executed concurrently with respect to mutating methods on the actor.",
        source=f"{DOCUMENT}, Introduction",
        evidence={"inside": 3},
    ),
    "recovery": Promise(
        sentence="Virtual actors are backed by durable storage instead of a running process; an actor is retrieved by"
        " its id in another process.",
        source=f"{DOCUMENT}, Introduction",
        evidence={"recoveries_host": 1},
    ),
}
