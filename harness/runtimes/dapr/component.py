"""Component: the files that tell a sidecar of its state store.

Everything is left at the component's defaults, retries included: that is what users run. (A save that the component
repeats writes the same values twice.)
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.cluster.topology import StoreName
from actorproof.harness.runtimes.dapr.versions import Trait, traits
from actorproof.harness.stores import postgres


def statestore(store: StoreName, *, address: Address, version: str) -> str:
    """The file that a version of Dapr takes for the store at `address`."""
    if store == "redis":
        return _file("state.redis", form="v1", metadata={"redisHost": str(address), "redisPassword": ""})
    form = "v2" if Trait.POSTGRES_V2 in traits(version) else "v1"
    return _file("state.postgresql", form=form, metadata={"connectionString": postgres.conninfo(address)})


def _file(type_: str, *, form: str, metadata: Mapping[str, str]) -> str:
    settings = {**metadata, "actorStateStore": "true"}
    entries = "".join(f'    - name: {name}\n      value: "{value}"\n' for name, value in settings.items())
    return f"""\
apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: statestore
spec:
  type: {type_}
  version: {form}
  metadata:
{entries}"""


def is_actor_store(text: str) -> bool:
    """Whether a component file names a store for the state of actors."""
    return re.search(r"name:\s*[\"']?actorStateStore[\"']?\s*\n\s*value:\s*[\"']?true", text) is not None
