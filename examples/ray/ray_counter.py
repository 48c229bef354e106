"""A durable counter, as the document of Ray Workflow's virtual actors has it. Run it in Ray's own Python (docs/ray.md).

``RAY_STORAGE=/some/folder python ray_counter.py``
"""

from __future__ import annotations

import ray
from ray import workflow


@workflow.virtual_actor
class Counter:
    def __init__(self, init_val):
        self._val = init_val

    def incr(self, val=1):
        self._val += val
        print(self._val)

    @workflow.virtual_actor.readonly
    def value(self):
        return self._val

    def __getstate__(self):
        return self._val

    def __setstate__(self, val):
        self._val = val


if __name__ == "__main__":
    workflow.init()

    # Initialize a Counter actor with id="my_counter".
    counter = Counter.get_or_create("my_counter", 0)

    counter.incr.run(10)
    assert counter.value.run() == 10

    # Non-blocking execution.
    counter.incr.run_async(10)
    counter.incr.run(10)
    assert ray.get(counter.value.run_async()) == 30
