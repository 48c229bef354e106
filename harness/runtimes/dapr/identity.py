"""Identity: how Dapr's programs are asked who they are.

Only daprd has ``--version``. But all three log with their scope and version, and refuse a log level that there is not
before they listen anywhere: that one line is the answer.
"""

from __future__ import annotations

import re

from actorproof.harness.provision.identity import Question

_NAMES = {"runtime": "daprd", "placement": "placement", "scheduler": "scheduler"}

QUESTIONS = (
    Question(
        words=("--log-level=actorproof",),
        answer=re.compile(r"\bscope=dapr\.(?P<name>\w+)\b.*\bver=(?P<version>\S+)"),
        names=_NAMES,
    ),
    # A build whose log says no version still tells its role.
    Question(
        words=("--help",),
        answer=re.compile(r"--(?P<name>app-id|etcd-data-dir|raft-logstore-path)\b"),
        names={
            "app-id": "daprd",
            "etcd-data-dir": "scheduler",
            "raft-logstore-path": "placement",
        },
    ),
)
