"""What users send, in all its forms: ids, bodies, state, reminders and timers, and what the runtime refuses of it.

Nothing is faulted. What is refused stands in the report as refused input; whatever was acknowledged is held to its
promise. Each kind has actors of its own.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from msgspec.structs import replace

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.subjects.behaviour import Behaviour
from actorproof.harness.times import Form, TimeField
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Burst, Forget, Plan, Remind, StartTimer, StopTimer

MB = 1_000_000
DEEP = "[" * 100 + "]" * 100
IDS = (
    "a b", "a+b", "a%2Fb", "a?b", "a#b", "a/b", "a||b", "||", ".", "..", "a..b", "%", "Case", "case", "a\\b", "a\tb",
    "\u00fc\u65e5\U0001f600", "a" * 1000,
)  # fmt: skip
BODIES: Mapping[str, bytes] = {
    "empty": b"",
    "null": b"null",
    "text": "gr\u00fc\u00df dich".encode(),
    "binary": bytes(range(256)),
    "deep": DEEP.encode(),
    "large": b"x" * MB,
    "too-large": b"x" * (5 * MB),
}
VALUES: tuple[object, ...] = (None, "", 0, [], {"a": None}, 2**53 + 1)
DATA: Mapping[str, str] = {
    "absent": "",
    "empty": '""',
    "null": "null",
    "string": '"some text"',
    "bytes": f'"{base64.b64encode(bytes(range(256))).decode()}"',
    "object": '{"a":[1,{"b":null}],"c":0.5}',
    "number": "12345678901234567890",
    "deep": DEEP,
    "large": f'"{"x" * MB}"',
}
TOO_LARGE = f'"{"x" * (3 * MB)}"'
# Due time, period, repetitions, time to live, and how they are written.
Numbers = tuple[float, float | None, int | None, float | None]
TIMES: Mapping[str, tuple[Numbers, Mapping[TimeField, Form]]] = {
    "at-once": ((0, None, None, None), {}),
    "iso-due": ((1, None, None, None), {"due": "iso"}),
    "iso-period": ((1, 1, None, 4), {"period": "iso"}),
    "instant": ((2.5, None, None, None), {"due": "rfc3339"}),
    "until": ((1, 1, None, 3.5), {"ttl": "rfc3339"}),
    "counted": ((1, 1, 3, None), {}),
    "counted-with-ttl": ((1, 1, 3, 1.5), {}),
    "ends-before-due": ((2, 1, None, 1), {}),
    "once-with-ttl": ((2, None, None, 1), {}),
    "fractions": ((0.25, 1.5, 2, None), {}),
}
BEHAVIOURS = (
    Behaviour(actors="Recorder/busy-", request="reminder", delay_s=0.6),
    Behaviour(actors="Ticker/busy-", request="timer", delay_s=0.6),
    Behaviour(actors="Recorder/cancels-", request="reminder", manner="cancel"),
    Behaviour(actors="Ticker/cancels-", request="timer", manner="cancel"),
)


class _Inputs:
    """One round of every input, on actors that are numbered by the round."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._round = 0

    def again(self) -> None:
        self._round += 1
        self._ids()
        self._state()
        self._payloads()
        self._times()
        self._names()

    def _ids(self) -> None:
        for id_ in IDS:
            self._planner.calls(f"Counter/{id_}", "add", callers=2)
            self._planner.remind(f"Recorder/{id_}", due_s=1.0)
        self._planner.hold(0.5)

    def _state(self) -> None:
        ledger, loan = self._own("Ledger/many"), self._own("Loan/")
        for _ in range(5):
            self._planner.calls(ledger, "append", callers=8)
            self._planner.hold(0.1)
        for name, body in BODIES.items():
            parcel = self._own(f"Parcel/{name}")
            for method in ("put", "swap") if len(body) < MB else ("put",):
                self._planner.step(Burst(actor=parcel, method=method, callers=1, body=body))
                self._planner.hold(0.15)
                self._planner.calls(parcel, "get", callers=2)
        for value in VALUES:
            register = self._own("Register/any")
            self._planner.step(Burst(actor=register, method="write", callers=1, args={"value": value}))
            self._planner.hold(0.15)
            self._planner.calls(register, "read", callers=2)
        lent: dict[str, object] = {"value": "lent", "ttl_s": 2}
        self._planner.step(Burst(actor=loan, method="lend", callers=1, args=lent))
        self._planner.hold(0.3)
        self._planner.calls(loan, "look", callers=1)
        self._planner.calls(ledger, "read", callers=2)
        self._planner.hold(3.0)
        self._planner.calls(loan, "look", callers=1)

    def _payloads(self) -> None:
        for name, text in {**DATA, "too-large": TOO_LARGE}.items():
            recorder, ticker = self._own(f"Recorder/data-{name}"), self._own(f"Ticker/data-{name}")
            self._planner.step(Remind(actor=recorder, name="r", due_s=0.5, data_json=text))
            self._planner.step(StartTimer(actor=ticker, name="t", due_s=0.5, data_json=text))
        self._planner.hold(1.5)

    def _times(self) -> None:
        for name, ((due_s, period_s, repetitions, ttl_s), forms) in TIMES.items():
            recorder, ticker = self._own(f"Recorder/{name}"), self._own(f"Ticker/{name}")
            remind = Remind(actor=recorder, name="r", due_s=due_s, period_s=period_s, forms=dict(forms))
            timer = StartTimer(actor=ticker, name="t", due_s=due_s, period_s=period_s, forms=dict(forms))
            self._planner.step(
                replace(remind, repetitions=repetitions, ttl_s=ttl_s),
                replace(timer, repetitions=repetitions, ttl_s=ttl_s),
            )
        unpaused = self._own("Recorder/unpaused")
        self._planner.step(Remind(actor=unpaused, name="r", due_s=0.2, period_s=0))
        self._planner.hold(0.5)
        self._planner.step(Forget(actor=unpaused, name="r"))

    def _names(self) -> None:
        """Names that are registered again, unregistered while they fire, and cancelled by an answer."""
        taken, kept, anew, busy = (self._own(f"Recorder/{kind}-") for kind in ("taken", "kept", "anew", "busy"))
        timed, retimed, busy_timer = (self._own(f"Ticker/{kind}-") for kind in ("taken", "anew", "busy"))
        for actor in (taken, kept, anew):
            self._planner.step(Remind(actor=actor, name="r", due_s=1, period_s=1, repetitions=9, data="first"))
        for actor in (timed, retimed):
            self._planner.step(StartTimer(actor=actor, name="t", due_s=1, period_s=1, repetitions=9, data_json='"a"'))
        self._planner.step(Remind(actor=busy, name="r", due_s=1, period_s=2))
        self._planner.step(StartTimer(actor=busy_timer, name="t", due_s=1, period_s=2))
        cancels, cancels_timer = self._own("Recorder/cancels-"), self._own("Ticker/cancels-")
        self._planner.step(Remind(actor=cancels, name="r", due_s=1, period_s=1, repetitions=3))
        self._planner.step(StartTimer(actor=cancels_timer, name="t", due_s=1, period_s=1, repetitions=3))
        self._planner.hold(1.3)  # in the middle of the busy ones' turns
        self._planner.step(Forget(actor=busy, name="r"), StopTimer(actor=busy_timer, name="t"))
        self._planner.step(Forget(actor=anew, name="r"), StopTimer(actor=retimed, name="t"))
        self._planner.hold(1.2)
        self._planner.step(
            Remind(actor=taken, name="r", due_s=3, period_s=2, repetitions=2, data="second"),
            Remind(actor=kept, name="r", due_s=1, data="second", overwrite=False),
            Remind(actor=anew, name="r", due_s=1.5, data="second"),
            StartTimer(actor=timed, name="t", due_s=3, period_s=2, repetitions=2, data_json='"b"'),
            StartTimer(actor=retimed, name="t", due_s=1.5, data_json='"b"'),
        )
        self._planner.hold(7.0)

    def _own(self, actor: str) -> str:
        return f"{actor}{self._round}"


def plan(setting: Setting) -> Plan:
    """Rounds of every input."""
    planner = Planner(setting)
    return planner.repeat(_Inputs(planner).again)


SCENARIO = Scenario(
    name="inputs",
    summary="ids, bodies, values, payloads, times and names of every form, and what is refused of them",
    guarantees=("turns", "activation", "durability", "reminders", "timers", "linearizability"),
    topology=Topology(hosts=2, spare_hosts=0, behaviours=BEHAVIOURS, features=("ActorStateTTL",)),
    load=Load(clients=1, actors=1, fickle=0, probes=1, pause_s=0.2, mix={"counter": 1, "ledger": 1}),
    plan=plan,
    profiles=("standard", "soak"),
    duration_s={"quick": 10, "standard": 10, "soak": 120},
    whole_plan=True,
    timed=False,
    settle_reminders_s=48.0,
)
