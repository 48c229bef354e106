from __future__ import annotations

from actorproof.harness.subjects.engine import Answer, Engine

SCENARIO = "simulated-application"


class DeleteAnsweredWithAnError(Engine):
    """An application lets go of an actor when it is told to, and says that it could not.

    Breaks `application`: a DELETE is answered with 200.
    """

    async def answer_delete(self, type_: str, id_: str) -> Answer:
        actor = f"{type_}/{id_}"
        instance = self._witness.ended(actor)
        if instance is not None:
            self._witness.delete_answered(actor, instance, 500)
        return Answer(500, b"{}")
