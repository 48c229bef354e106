"""Native: actors written for Dapr's Python SDK, as they are, hosted and witnessed by the SDK host.

Such a class knows nothing of Actorproof. `native` says beside it what its methods do, so that it can be judged:

    DEVICE = native(SmartDevice, writes("SetStatus", function="write"), reads("GetStatus", function="read"))
"""

from __future__ import annotations

from typing import ClassVar

from actorproof.harness.errors import UsageError
from actorproof.harness.history.declared import DeclaredMethod, DeclaredType, Effect
from actorproof.harness.subjects.actors.subject import Args, Subject, SubjectError, Turn

BODY = ("body",)


class Native(Subject):
    """A subject that is an actor of the SDK: its turns are the SDK's own.

    Attributes:
        ACTOR: the actor's class.
        DECLARED: what its methods do, by the names under which they are called.
    """

    ACTOR: ClassVar[type]
    DECLARED: ClassVar[tuple[DeclaredMethod, ...]]

    @classmethod
    def declaration(cls) -> DeclaredType:
        """See `Subject`."""
        return DeclaredType(name=cls.__name__, methods=cls.DECLARED, model=cls.MODEL)


def native(actor: type, *methods: DeclaredMethod, model: str = "") -> type[Native]:
    """The subject of an SDK actor class, under its name. UsageError when no method is declared."""
    if not methods:
        raise UsageError(f"{actor.__name__} declares no method: say what each does, as reads(NAME) or writes(NAME)")
    made: type[Native] = type(
        actor.__name__,
        (Native,),
        {"ACTOR": actor, "DECLARED": methods, "MODEL": model, "__module__": actor.__module__, "__slots__": ()},
    )
    made.METHODS = {method.name: _of_the_sdk for method in methods}
    return made


def reads(name: str, *, function: str = "") -> DeclaredMethod:
    """A method that reads state; `function` is what it is to the model."""
    return _declared(name, "reads", function)


def writes(name: str, *, function: str = "") -> DeclaredMethod:
    """A method that writes state, and takes its body as the function's argument."""
    return _declared(name, "writes", function)


def neither(name: str) -> DeclaredMethod:
    """A method that leaves state alone."""
    return _declared(name, "none", "")


def _declared(name: str, effect: Effect, function: str) -> DeclaredMethod:
    return DeclaredMethod(name=name, effect=effect, function=function, takes=BODY if function == "write" else ())


async def _of_the_sdk(_subject: Subject, _turn: Turn, _args: Args) -> object:
    raise SubjectError("its code is the SDK's: choose --subject sdk")


def is_native(subject: type[Subject] | None) -> bool:
    """Whether a subject is an actor of the SDK."""
    return subject is not None and issubclass(subject, Native)
