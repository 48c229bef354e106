from __future__ import annotations

from actorproof.harness.runtimes.simulated.app.app import App


class InstanceSurvivesDeactivation(App):
    """An application keeps an instance that it was told to drop.

    Breaks `activation`: after a move there and back it goes on from what it had in memory. `timers` that end with the
    activation are missed by the instance.
    """

    def drop(self, type_: str, id_: str) -> None:
        """Keep it."""
