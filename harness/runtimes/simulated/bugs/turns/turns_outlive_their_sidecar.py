from __future__ import annotations

from actorproof.harness.runtimes.simulated.app.app import App


class TurnsOutliveTheirSidecar(App):
    """An application keeps the turns of a session that is over.

    Breaks `turns`: its sidecar died, the actors are with other hosts, and the open turns still save.
    """

    async def end_session(self) -> None:
        """Keep everything."""
