"""Linearizability: whether operations with real-time intervals fit a sequential model.

`search` judges one object, `check` many, each by itself. `models` has one file a model, `model` says how to write
another. `checkers` decide without a search, `transactions` by cycles::

    from actorproof.properties.linearizability.drawing import explanation
    from actorproof.properties.linearizability.models.register import Register
    from actorproof.properties.linearizability.operation import Operation
    from actorproof.properties.linearizability.answer import NotLinearizable
    from actorproof.properties.linearizability.search import search

    history = [
        Operation(id="a", function="write", value=1, start_ns=0, end_ns=20),
        Operation(id="b", function="write", value=2, start_ns=30, outcome="info"),
        Operation(id="c", function="read", result=2, start_ns=40, end_ns=50),
        Operation(id="d", function="read", result=1, start_ns=60, end_ns=70),
    ]
    answer = search(history, Register())
    if isinstance(answer, NotLinearizable):
        for line in explanation(answer, Register()):
            print(line)
"""
