"""Write what the replicas say into the status of the halts."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import orjson

from tradingstack_operator.api import names
from tradingstack_operator.cluster.client import Client
from tradingstack_operator.cluster.errors import RefusedError
from tradingstack_operator.model.kinds import TRADING_HALT
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.model.ports import PortError
from tradingstack_operator.relay.report import halt_status
from tradingstack_operator.relay.view import Replica, View

log = logging.getLogger(__name__)

GATHER: Final = 0.1
"""Seconds to wait for more answers before a status is written: one write then tells them all."""
AGAIN: Final = 1.0
"""Seconds until a write that the API server did not answer is tried again."""


@dataclass(slots=True)
class Reporter:
    """Looks at the halts of a namespace whenever something changed there."""

    client: Client
    view: View
    answers: Mapping[Replica, Mapping[str, bool]]
    """What each replica said last about the halts it was told."""
    now: Callable[[], datetime]
    _changed: set[str] = field(default_factory=set)
    _work: asyncio.Event = field(default_factory=asyncio.Event)

    def look(self, namespace: str) -> None:
        """Ask for a look at the halts of a namespace."""
        self._changed.add(namespace)
        self._work.set()

    async def run(self) -> None:
        while True:
            await self._work.wait()
            await asyncio.sleep(GATHER)
            self._work.clear()
            namespaces, self._changed = self._changed, set()
            await asyncio.gather(
                *(
                    self._write(halt)
                    for namespace in sorted(namespaces)
                    for halt in self.view.halts(namespace)
                )
            )

    async def _write(self, halt: Manifest) -> None:
        """Write a halt's status if it says anything new, into the very version it was made from.

        Another relay may be writing at the same time. Then the API server refuses the later write,
        and the earlier one is an event that brings the next look.
        """
        metadata = halt["metadata"]
        namespace, name = metadata["namespace"], metadata["name"]
        answers = {
            replica.name: self.answers.get(replica, {})
            for replica in self.view.replicas()
            if replica.stack.namespace == namespace
        }
        status = halt_status(halt, answers, self.now())
        if status == halt.get("status"):
            return
        body = {
            "apiVersion": TRADING_HALT.api_version,
            "kind": TRADING_HALT.kind,
            "metadata": {
                "name": name,
                "namespace": namespace,
                "uid": metadata["uid"],
                "resourceVersion": metadata["resourceVersion"],
            },
            "status": status,
        }
        path = f"{TRADING_HALT.path(namespace, name)}/status"
        what = {"halt": f"{namespace}/{name}"}
        try:
            await self.client.apply(path, orjson.dumps(body), names.RELAY_FIELD_MANAGER)
        except RefusedError as error:
            log.info("status of a halt not written", extra=what | {"error": str(error)})
        except PortError as error:
            log.warning("status of a halt not written", extra=what | {"error": str(error)})
            asyncio.get_running_loop().call_later(AGAIN, self.look, namespace)
        else:
            said = status["conditions"][0]["message"]
            log.info("status of a halt written", extra=what | {"said": said})
