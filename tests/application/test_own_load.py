"""What is called of an application of a user's own, and what is said when it does not answer."""

from __future__ import annotations

import asyncio
import random
import re
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from actorproof.harness.application.application import Method
from actorproof.harness.application.invariant import invariants
from actorproof.harness.clock import SystemClock
from actorproof.harness.errors import ApplicationError, UsageError
from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.merge import read_journal
from actorproof.harness.ports import Reply
from actorproof.harness.request import OPERATION_HEADER, Call, Request
from actorproof.harness.workload.client import PlainClient
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.own_load import OwnTraffic, Repertoire, first_answers, without_our_actors
from actorproof.harness.workload.step import Burst, Plan, Remind, Wait

METHODS = (
    Method(type="Cart", name="add", arguments=('{"n":1}',)),
    Method(type="Cart", name="total", reads=True),
)


class Answers:
    """Answers calls by their method, and keeps them."""

    def __init__(self, **statuses: int) -> None:
        self.statuses = statuses
        self.calls: list[Call] = []

    async def send(self, request: Request, *, via: str, timeout_s: float) -> Reply:
        assert isinstance(request, Call)
        self.calls.append(request)
        status = self.statuses[request.method]
        return Reply(status=abs(status), body=b"no such method", failed=status < 0)

    def refuses(self, reply: Reply) -> bool:
        return reply.status == 404


def asked(folder: Path, answers: Answers) -> list[str]:
    told: list[str] = []
    with Journal.open(folder / "harness.jsonl", process="harness", clock=SystemClock()) as journal:
        asyncio.run(
            first_answers(
                Repertoire(METHODS),
                hosts=("host-1",),
                requests=answers,
                journal=journal,
                clock=SystemClock(),
                trouble=told.append,
            )
        )
    return told


def test_a_call_carries_its_arguments_as_they_are_and_its_operation_in_a_header(tmp_path: Path) -> None:
    answers = Answers(add=200, total=200)
    assert asked(tmp_path, answers) == []
    assert [(call.method, call.body) for call in answers.calls] == [("add", b'{"n":1}'), ("total", b"")]
    invoked = [each for each in read_journal(tmp_path / "harness.jsonl") if isinstance(each, ev.Invoked)]
    assert [dict(call.headers)[OPERATION_HEADER] for call in answers.calls] == [each.op for each in invoked]


def test_an_answer_of_200_that_says_that_the_method_failed_is_no_good_one(tmp_path: Path) -> None:
    assert asked(tmp_path, Answers(add=-200, total=200)) == ["Cart.add is not answered: status-200 no such method"]


def test_a_method_that_is_never_answered_is_told(tmp_path: Path) -> None:
    (told,) = asked(tmp_path, Answers(add=404, total=200))
    assert told == "Cart.add is not answered: status-404 no such method"


def test_an_application_that_answers_nothing_can_not_be_judged(tmp_path: Path) -> None:
    with pytest.raises(ApplicationError, match=r"answers no call: Cart\.add says status-404 no such method"):
        asked(tmp_path, Answers(add=404, total=500))


def test_of_a_plan_only_what_any_application_can_take_is_left() -> None:
    kept = (Wait(for_s=1), Burst(actor="Ledger/b1", method="append", callers=2))
    plan = Plan(steps=(*kept, Remind(actor="Counter/a", name="r", due_s=1.0)))
    assert without_our_actors(plan).steps == kept


def test_a_call_that_has_to_fail_is_no_probe_and_need_not_be_answered(tmp_path: Path) -> None:
    fails = Method(type="Cart", name="refuse", fails=True, weight=9)
    rng = random.Random(1)
    repertoire = Repertoire((fails, METHODS[0]))
    assert [call.method for call in repertoire.each(rng, "a")] == ["add"]
    assert {repertoire.probe(rng, number)().method for number in range(4)} == {"add"}
    assert "refuse" in {repertoire.call(rng, "a").method for _ in range(20)}


class Hours:
    """A clock that only its sleepers move on."""

    def __init__(self) -> None:
        self.at_s = 0.0

    def now_ns(self) -> int:
        return round(self.at_s * 1e9)

    def wall_ns(self) -> int:
        return self.now_ns()

    async def sleep(self, delay_s: float) -> None:
        self.at_s += delay_s
        await asyncio.sleep(0)


@pytest.mark.parametrize(("idle_timeout_s", "left_alone"), [(3.0, True), (3600.0, False)])
async def test_some_actors_are_left_alone_until_they_go_idle_and_are_called_again(
    tmp_path: Path, idle_timeout_s: float, *, left_alone: bool
) -> None:
    answers, clock = Answers(add=200, total=200), Hours()
    called: dict[str, list[float]] = defaultdict(list)

    class Timed:
        async def send(self, request: Request, *, via: str, timeout_s: float) -> Reply:
            called[request.actor].append(clock.at_s)
            return await answers.send(request, via=via, timeout_s=timeout_s)

        def refuses(self, reply: Reply) -> bool:
            return answers.refuses(reply)

    with Journal.open(tmp_path / "harness.jsonl", process="harness", clock=clock) as journal:
        traffic = OwnTraffic(
            Load(clients=0, fickle=0, probes=0),
            Repertoire(METHODS),
            hosts=("host-1",),
            idle_timeout_s=idle_timeout_s,
            seed=1,
            requests=Timed(),
            journal=journal,
            clock=clock,
        )
        traffic.start()
        while clock.at_s < 60.0 and (left_alone or clock.at_s < 1.0):
            await clock.sleep(0.05)
        await traffic.stop()
    gaps = [b - a for times in called.values() for a, b in pairwise(times)]
    assert bool(gaps) is left_alone
    assert all(gap > idle_timeout_s + 1 for gap in gaps)


async def test_an_answer_that_breaks_its_invariant_is_told_with_its_operation(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(
        "def sound(answer):\n    assert answer['n'] < 3, f'too many: {answer}'\n    return answer['n'] >= 0\n"
    )
    invariant = f"{tmp_path}/models.py:sound"
    repertoire = Repertoire((Method(type="Cart", name="total", reads=True, invariant=invariant),))

    class Totals:
        answers = iter((b'{"n": 1}', b'{"n": -1}', b'{"n": 7}'))

        async def send(self, request: Request, *, via: str, timeout_s: float) -> Reply:
            return Reply(status=200, body=next(self.answers))

        def refuses(self, reply: Reply) -> bool:
            return False

    with Journal.open(tmp_path / "harness.jsonl", process="harness", clock=SystemClock()) as journal:
        client = PlainClient("c", requests=Totals(), journal=journal, invariants=repertoire.invariants)
        for _ in range(3):
            await client.call("Cart/1", "total", msgspec.Raw(b""), via="host-1", timeout_s=1.0)
    told = [each for each in read_journal(tmp_path / "harness.jsonl") if isinstance(each, ev.InvariantBroken)]
    assert [(each.op, each.reason) for each in told] == [
        ("c.2", "it is not so"),
        ("c.3", "AssertionError: too many: {'n': 7}"),
    ]


@pytest.mark.parametrize(
    ("invariant", "said"),
    [
        ("models.py", "invariant models.py is not FILE.py:function"),
        ("nowhere.py:sound", "there is no file nowhere.py"),
        ("{folder}/invariants_of_carts.py:sound", "has no function sound: an invariant is a function of an answer"),
    ],
)
def test_an_invariant_that_can_not_be_had_is_refused(tmp_path: Path, invariant: str, said: str) -> None:
    (tmp_path / "invariants_of_carts.py").write_text("")
    with pytest.raises(UsageError, match=re.escape(said)):
        invariants([Method(type="Cart", name="total", invariant=invariant.format(folder=tmp_path))])
