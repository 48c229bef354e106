"""A driver of Ray Workflow does what a program with one thread does: it hands over one call at a time."""

from __future__ import annotations

import sys
import threading
import time
from types import ModuleType
from typing import Any

import pytest

from actorproof.harness.runtimes.ray_cluster.host.driver import RESOLVE, WorkflowCalls

TOGETHER = 6


class Workflow(ModuleType):
    """As much of Ray Workflow as a driver uses. Like that one it takes no two calls at once, and forgets a lost one."""

    def __init__(self) -> None:
        super().__init__("ray.workflow")
        self.inside = 0
        self.most = 0
        self.waited_for = threading.Event()
        self.execution: Any = ModuleType("ray.workflow.execution")

    def init(self) -> None: ...

    def virtual_actor(self, of: type) -> Any:
        return Class(self)

    def use(self) -> None:
        """Something that no two threads may do at once."""
        self.inside += 1
        self.most = max(self.most, self.inside)
        time.sleep(0.005)
        self.inside -= 1


class Class:
    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow

    def get_or_create(self, id_: str) -> Handle:
        self.workflow.use()
        return Handle(self.workflow, id_)


class Handle:
    def __init__(self, workflow: Workflow, id_: str) -> None:
        self.workflow = workflow
        self.id = id_

    def ready(self) -> str:
        self.workflow.use()
        if self.id == "Counter%2Fcut-off":
            raise ValueError("Actor has not been created, or it has failed before initialization.")
        return f"ready {self.id}"

    def __getattr__(self, name: str) -> Method:
        return Method(self)


class Method:
    def __init__(self, handle: Handle) -> None:
        self.handle = handle

    def run_async(self, actor: str, op: str | None, args: dict[str, Any]) -> Any:
        self.handle.workflow.use()
        return self.handle.workflow.execution.flatten_workflow_output("workflow", f"done {self.handle.id}")


class Ray:
    """Answers of calls and of readiness; that of the actor `slow` comes when it is let go."""

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow

    def get(self, reference: str) -> dict[str, Any]:
        assert not reference.startswith("done"), "its answer is waited for by `ray.get`, which keeps all others waiting"
        if reference == "ready Counter%2Fmaker-gone":
            raise OSError("The object's owner has exited.")
        if reference == "ready Counter%2Fslow":
            assert self.workflow.waited_for.wait(20)
        return {"result": reference}


@pytest.fixture
def workflow(monkeypatch: pytest.MonkeyPatch) -> Workflow:
    found = Workflow()
    found.virtual_actor.__func__.readonly = lambda method: method  # type: ignore[attr-defined]
    storage = ModuleType("ray.internal.storage")
    storage.get_client = lambda _: type("Client", (), {"put": None})  # type: ignore[attr-defined]
    access: Any = ModuleType("ray.workflow.workflow_access")
    setattr(access, RESOLVE, lambda _, output: {"result": output})
    monkeypatch.setitem(sys.modules, "ray.workflow.workflow_access", access)
    monkeypatch.setitem(sys.modules, "ray.workflow.execution", found.execution)
    monkeypatch.setitem(sys.modules, "ray", ModuleType("ray"))
    monkeypatch.setitem(sys.modules, "ray.workflow", found)
    monkeypatch.setitem(sys.modules, "ray.internal", ModuleType("ray.internal"))
    monkeypatch.setitem(sys.modules, "ray.internal.storage", storage)
    return found


def test_no_two_calls_are_handed_over_at_once_whatever_their_actors(workflow: Workflow) -> None:
    calls = WorkflowCalls(Ray(workflow))
    names = [("add" if number % 2 else "get", f"a{number // 2}") for number in range(TOGETHER)]
    threads = [threading.Thread(target=calls.call, args=("Counter", id_, name, None, {})) for name, id_ in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert workflow.most == 1


def test_an_actor_that_is_not_ready_yet_keeps_no_other_one_waiting(workflow: Workflow) -> None:
    calls = WorkflowCalls(Ray(workflow))
    slow = threading.Thread(target=calls.call, args=("Counter", "slow", "add", None, {}))
    slow.start()
    assert calls.call("Counter", "other", "add", None, {}) == {"result": "done Counter%2Fother"}
    workflow.waited_for.set()
    slow.join()


@pytest.mark.parametrize("actor", ["cut-off", "maker-gone"])
def test_an_actor_whose_newest_step_was_cut_off_is_called_all_the_same(workflow: Workflow, actor: str) -> None:
    calls = WorkflowCalls(Ray(workflow))
    assert calls.call("Counter", actor, "add", None, {}) == {"result": f"done Counter%2F{actor}"}
