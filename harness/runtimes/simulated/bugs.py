"""Bugs: every planted one by its name, with what it does. None is on unless a test or `make mutation` asks for it."""

from __future__ import annotations

from dataclasses import dataclass

from actorproof.harness.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Bugs:
    """Which bugs are planted; UsageError for one that is not known."""

    names: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for name in sorted(self.names - set(BUGS)):
            raise UsageError(f"bug {name} is unknown: choose one of {', '.join(BUGS)}")

    def on(self, name: str) -> bool:
        """Whether a bug is planted."""
        return name in self.names


BUGS: dict[str, str] = {
    # Two turns or two instances at once.
    "activation-before-drain": "a new table is in force before the old owners have drained",
    "drain-awaited-briefly": "placement waits 0.3 s for a drain and goes on",
    "silent-taken-for-dead": "placement goes on without a host that was silent for a second, its lease still running",
    "lock-ignored": "a host takes calls for actors that are about to move away",
    "abort-without-effect": "an application says that a turn is over that it goes on with",
    "host-never-fences-itself": "a host goes on when its lease has ended",
    "lease-believed-longer": "a host believes its lease to last four times as long",
    "reminder-ignores-placement": "a reminder is run wherever it is delivered",
    "lock-freed-by-giving-up": "a caller that gives up lets the next turn in",
    "lock-wait-gives-up": "a call that has waited for a second goes on without the lock",
    "reads-share-the-lock": "methods that read run beside other turns",
    "idle-clock-from-activation": "an actor is collected some time after its activation, with its turn open or not",
    "instance-survives-deactivation": "an application keeps an instance that it was told to drop",
    "turns-outlive-their-sidecar": "an application keeps the turns of a session that is over",
    # State.
    "write-lost": "now and then a save is acknowledged and not stored",
    "transaction-torn": "now and then only the first half of a transaction is stored",
    "acknowledged-before-durable": "the store acknowledges, and makes durable a moment later",
    "restart-restores-a-snapshot": "a restarted store has the state of some seconds ago",
    "late-saves-not-fenced": "the store takes saves in whatever order they come",
    "timeout-taken-for-success": "a save that the store never answered is acknowledged",
    "saves-written-behind": "a sidecar acknowledges saves and sends them a little later",
    "reads-from-a-lagging-replica": "what was stored is read only five seconds later, and so updates are lost",
    "cache-survives-moves": "a sidecar answers reads from what it once read or wrote",
    "failed-turn-leaves-its-changes": "what a failed turn changed in memory stays there",
    # Reminders.
    "reminders-in-memory": "a scheduler that is killed forgets its reminders",
    "reminder-early": "reminders come a fifth of a second too early",
    "reminder-comes-again": "a reminder that is over comes once more, twelve seconds later",
    "unregister-without-effect": "an unregistered reminder goes on",
    "overdue-reminder-skipped": "what fell due while no scheduler ran is skipped",
    "delivery-gives-up": "a tick that can't be delivered at the first try is given up",
    "delivered-at-most-once": "a tick counts as served when it is sent",
    "payload-lost": "reminders come without their data",
    # Timers.
    "timer-outlives-its-actor": "a timer goes on when its actor was deactivated, and wakes it",
    "timer-early": "timers come a fifth of a second too early",
    "timer-unregister-without-effect": "an unregistered timer goes on",
    "timer-removed-by-a-failing-callback": "a callback that fails takes its timer away",
    "timer-at-a-fixed-rate": "a period begins when the one before is over, not when its callback has finished",
    "timer-repetitions-ignored": "a timer with a number of repetitions goes on",
    "timer-ttl-ignored": "a timer with a time to live goes on",
    "timer-payload-lost": "timers come without their data",
    "timer-callback-lost": "timers come without the name of their callback",
    "timer-beside-turns": "callbacks run beside other turns of their actor",
    "timer-dropped-while-busy": "a timer that comes due while its actor is busy is taken away",
    # Drain.
    "drain-skipped": "a host gives actors back with their turns still open",
    "drain-cut-short": "a host waits a quarter of the drain time-out, and gives actors back with their turns open",
    "turns-aborted-without-drain": "turns of actors that move fail at once, in order",
    "reply-lost-in-drain": "a turn that ends while its actor moves has its reply dropped",
    # Reentrancy.
    "stranger-enters-a-chain": "while a reentrant call runs, other calls go on without the lock",
    "chains-share-an-id": "every call of a client gets the same reentrancy id",
    "stack-too-shallow": "a chain is refused at the depth that is allowed",
    "stack-too-deep": "a chain is refused one call too late",
    "too-deep-a-chain-locks-for-ever": "an actor stays locked when a chain has failed there at its depth",
    "chain-id-lost-between-hosts": "the reentrancy id does not go with a call to another host",
    "reminder-without-chain-id": "a reminder's turn is not told its reentrancy id",
    "reentrant-answer-lost": "a reentrant call is run, and never answered",
    "reentrant-though-off": "a chain enters an actor again although reentrancy is off for its type",
    # Recovery.
    "no-second-session": "a host that lost its lease never asks for another",
    "session-after-a-minute": "a host that lost its lease asks for another after a minute",
    "lock-leaks-on-a-broken-connection": "an actor stays locked when the connection to its application breaks",
    "store-connection-stays-broken": "a sidecar that lost the store never finds it again",
    "restarted-placement-never-leads": "a placement replica that was restarted never leads",
    "leave-ignored": "a host that left stays in the table",
    # Placement and order.
    "all-actors-on-one-host": "every actor belongs to the first host",
    "ring-reshuffled-by-a-join": "each new table deals all actors out anew",
    "answered-call-runs-again": "now and then a call that was answered runs once more, behind its caller's next one",
    # Availability.
    "nobody-takes-over": "when the placement replica that leads is gone, no other one begins to lead",
}
"""What each planted bug does, by its name."""

DIRECTED: dict[str, str] = {
    "ring-reshuffled-by-a-join": "scale-out-drain",
    "nobody-takes-over": "leader-loss",
    "no-second-session": "placement-loss",
    "session-after-a-minute": "placement-loss",
    "store-connection-stays-broken": "store-restart",
    "reminder-without-chain-id": "reentrant-chains",
    "failed-turn-leaves-its-changes": "failed-turns",
}
"""The bugs that drawn plans hardly ever show, with the scenario that does."""
