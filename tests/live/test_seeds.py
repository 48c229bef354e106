"""The actors of the seeds run on real hosts as they are written, and keep what they say of themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from actorproof.scenarios.registry import wanted

from .support import ran

pytestmark = pytest.mark.live

SEEDS = Path(__file__).parents[2] / "examples" / "seeds"
Results = Mapping[str, Sequence[object]]


def answers_of(name: str, method: str, tmp_path: Path) -> Results:
    """What calls of a method were answered, by actor, in the order of their answers; null for one that was not."""
    run = ran(wanted(str(SEEDS / f"{name}.py")), tmp_path, seed=3)
    for decided in run.finished.report.verdict.guarantees:
        assert not [each for each in decided.violations if each.anomaly in {"unexplained", "lost by the store"}]
    answers: dict[str, list[object]] = {}
    for operation in sorted(run.timeline.operations, key=lambda each: each.end_ns):
        if operation.start.name == method and operation.end is not None:
            result = json.loads(operation.end.result) if operation.outcome == "ok" else None
            answers.setdefault(operation.start.actor, []).append(result)
    return answers


def test_unpaid_orders_are_cancelled_by_their_reminder_and_paid_ones_are_not(tmp_path: Path) -> None:
    for order, answers in answers_of("order_actor", "GetOrder", tmp_path).items():
        last = answers[-1]
        assert isinstance(last, dict)
        assert last["status"] == ("paid" if "/paid" in order else "cancelled"), order


def test_a_pair_comes_back_to_its_first_and_a_chain_goes_to_its_depth(tmp_path: Path) -> None:
    answers = answers_of("reentrant_pair", "Dive", tmp_path)
    assert answers["Diver/allowed-1"][0] == 32
    assert answers["Diver/deeper-1"][0] is None


def test_transfers_leave_the_sum_as_it_was(tmp_path: Path) -> None:
    for answers in answers_of("transfer_funds", "Balances", tmp_path).values():
        sums = {sum(each.values()) for each in answers if isinstance(each, dict)}
        assert sums == {300}


def test_conversations_keep_their_last_fifty_messages(tmp_path: Path) -> None:
    for user, answers in answers_of("chat_actor", "GetHistory", tmp_path).items():
        history = answers[-1]
        assert isinstance(history, list)
        assert len(history) == (0 if "/carol" in user else 50)


def test_late_tasks_become_overdue_and_done_ones_do_not(tmp_path: Path) -> None:
    for task, answers in answers_of("task_actor", "GetTask", tmp_path).items():
        last = answers[-1]
        assert isinstance(last, dict)
        assert (last["overdue"], last["assignee"]) == ("/late" in task, "alice"), task


def test_a_heartbeat_stops_with_its_time_to_live_and_begins_anew_with_an_activation(tmp_path: Path) -> None:
    for heart, answers in answers_of("heartbeat", "Beats", tmp_path).items():
        beats = [each for each in answers if isinstance(each, int)]
        assert min(beats) == 0, heart
        assert max(beats) <= 4, heart
