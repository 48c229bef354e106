"""Columns: what every frame has, with units. Times are seconds from the first event of the part that they stand in.

A text that is missing is empty, and an instant or a duration that is missing is NaN, so that every column has one type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Type = Literal["str", "float64", "int64", "bool"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its type in pandas, its unit (empty for none), and what it says."""

    name: str
    type: Type
    unit: str
    meaning: str


def _text(name: str, meaning: str) -> Column:
    return Column(name, "str", "", meaning)


def _seconds(name: str, meaning: str) -> Column:
    return Column(name, "float64", "s", meaning)


def _count(name: str, meaning: str) -> Column:
    return Column(name, "int64", "", meaning)


def _flag(name: str, meaning: str) -> Column:
    return Column(name, "bool", "", meaning)


_PART = _text("part", "the scenario")
_START = _seconds("start_s", "when it began")
_END = _seconds("end_s", "when it ended; NaN if it never did")

COLUMNS: Final[Mapping[str, tuple[Column, ...]]] = {
    "operations": (
        _PART,
        _text("op", "its id, which its turns name"),
        _text("client", "the caller: a client, or the id of the turn that called"),
        _text("via", "the host whose sidecar was asked"),
        _text("actor", "Type/id"),
        _text("action", "call, or what was registered or unregistered"),
        _text("name", "of the method, reminder or timer"),
        _START,
        _END,
        _seconds("latency_s", "from start to end, as the caller saw it"),
        _text("outcome", "ok: took effect; fail: did not; info: not known"),
        Column("status", "float64", "", "HTTP status; NaN if no answer came"),
        _text("turn", "id of the turn that answered"),
        _text("reason", "why it is not ok"),
        _flag("probe", "whether it only asks if the actor answers"),
        _flag("held", "whether it asked its turn to hold on for a while"),
    ),
    "turns": (
        _PART,
        _text("turn", "its id"),
        _text("actor", "Type/id"),
        _text("process", "the application and the number of its start"),
        _text("host", "the host that it ran on"),
        _count("instance", "which life of the actor in that process"),
        _text("cause", "call, reminder or timer"),
        _text("name", "of the method, reminder or timer"),
        _text("op", "id of the operation that caused it; empty if none of ours did"),
        _START,
        _seconds("end_s", "when it ended, or its application was killed; NaN if it never did"),
        _seconds("duration_s", "from start to end"),
        _text("ended", "completed, failed, killed or open"),
        _seconds("way_there_s", "of the operation that it answered: on its way to the turn"),
        _seconds("waiting_s", "of the operation that it answered: while other turns of the actor ran"),
        _seconds("own_code_s", "in the application's own code"),
        _seconds("read_s", "in reads of state"),
        _seconds("save_s", "in saves of state"),
        _seconds("reminder_s", "in requests about reminders"),
        _seconds("timer_s", "in requests about timers"),
        _seconds("call_to_an_actor_s", "in calls to actors"),
        _seconds("way_back_s", "of the operation that it answered: on its way back"),
    ),
    "runtime_calls": (
        _PART,
        _text("call", "its id"),
        _text("turn", "id of the turn that asked its sidecar"),
        _text("actor", "Type/id"),
        _text("host", "the host that asked"),
        _text("what", "read, or what was registered or unregistered"),
        _text("name", "the key, reminder or timer"),
        _START,
        _END,
        _seconds("duration_s", "from start to end"),
        _flag("ok", "whether the sidecar did it"),
        _text("reason", "why not"),
    ),
    "saves": (
        _PART,
        _text("save", "its id"),
        _text("turn", "id of the turn that saved"),
        _text("actor", "Type/id"),
        _text("host", "the host that saved"),
        _START,
        _END,
        _seconds("duration_s", "from start to end"),
        _flag("acknowledged", "whether the runtime said that it is kept"),
        _text("reason", "why not"),
        _text("writes", "JSON: a list of [key, value or null]"),
    ),
    "faults": (
        _PART,
        _text("fault", "its id"),
        _text("kind", "verb and target without numbers"),
        _text("verb", "what was done"),
        _text("target", "to what"),
        _START,
        _seconds("took_s", "when its effect was proved; NaN if it showed none"),
        _seconds("healed_s", "when it was healed; NaN if it never was"),
        _text("evidence", "the proof of its effect"),
    ),
    "tables": (
        _PART,
        _seconds("at_s", "when it was first seen"),
        _text("placement", "the replica that has it"),
        _flag("leader", "whether that replica leads"),
        _count("version", "of the table of placement"),
        _text("hosts", "those in the table, apart by blanks"),
    ),
    "violations": (
        _PART,
        _text("guarantee", "the promise that is broken"),
        _text("class", "the kind of the violation"),
        _text("actor", "Type/id"),
        _seconds("at_s", "when it happened"),
        _text("trigger", "the fault in whose wake it happened, or none"),
        _text("cause", "id of its cause, or unexplained"),
        _text("deviation", "the listed deviation that accepts it; empty if none does"),
        _text("summary", "what happened, in a sentence"),
    ),
    "causes": (
        _text("cause", "id of the mechanism, or unexplained"),
        _text("title", "what happened, in a few words"),
        _count("violations", "that it led to"),
        _count("open", "those of them that no deviation lists"),
        _count("incidents", "how often it happened: violations that share what it began with are one"),
        _text("guarantees", "violations by guarantee, the most first"),
        _text("triggers", "violations by fault, the most first"),
        _text("upstream", "a public issue, or none known"),
    ),
}
