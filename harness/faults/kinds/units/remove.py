"""Remove: a host leaves in order."""

from __future__ import annotations

from actorproof.harness.faults.kind import Colour, Drawn, TourStop
from actorproof.harness.faults.kinds.units.terminate import Terminate
from actorproof.harness.history import fault_traits as traits

KIND = Terminate(
    verb="remove",
    what="takes a host out of the cluster in order; it joins again when it is healed",
    colour=Colour(light="#7c9a2e", dark="#95b937"),
    traits=(traits.ENDS, traits.CALM),
    drawn=frozenset({Drawn.LEAVERS}),
    tour=(TourStop(target="host-2"),),
    order=60,
)
