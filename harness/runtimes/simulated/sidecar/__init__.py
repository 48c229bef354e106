"""Sidecar: the runtime's half of a host. It routes calls to the actors' owners and runs the turns of those it owns.

Follow a call through the modules: `sidecar` takes it in, `routing` finds the owner, `turns` has it wait for the actor's
lock, `reentrancy` lets calls of one chain in together, `execution` has the application run it, and the turn itself
comes back for `state`, `timers` and calls of its own.

A host owns an actor while all of these hold (`ownership`): placement's table says so, no table that is being
disseminated says otherwise, its session stands in that table, and its lease has not ended (`membership`).
What it has of an actor is an activation (`activations`); it gives one back when the actor moves (`draining`) or has
been idle for long (`deactivation`).
"""
