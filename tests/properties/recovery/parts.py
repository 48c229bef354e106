"""Parts of histories: probes after a fault."""

from __future__ import annotations

from functools import partial

from tests.properties import losses
from tests.properties.builder import History

B = "Counter/probe1"
HEALED_S = 15.0
END_S = 80

probe = partial(losses.probe, via="host-1")


def killed() -> tuple[History, str]:
    """A history in which a host was killed, and an application that lives on."""
    h = History()
    h.app("host-1")
    two = h.app("host-2")
    h.fault("kill", "host-1/sidecar", 10.0, HEALED_S, units=["host-1/sidecar"])
    h.kill("host-1/sidecar", 10.0)
    h.start("host-1/sidecar", 14.0, ready_s=14.5)
    return h, two
