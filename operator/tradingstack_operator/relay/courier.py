"""Bring orders to one replica, and hear whether it obeys; no replica waits for another."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, Protocol

import aiohttp
from pydantic import ValidationError

from tradingstack_contract.halts import Acknowledgement, HaltOrder
from tradingstack_operator.cluster.client import Identity
from tradingstack_operator.relay.view import Replica

log = logging.getLogger(__name__)

BEAT: Final = 1.0
"""Seconds between two orders to a replica while nothing changes."""
TIMEOUT: Final = aiohttp.ClientTimeout(total=1.0)
"""A replica that takes longer gets the next order on a new connection."""
LONGEST_ANSWER: Final = 512 * 1024


class DeliveryError(Exception):
    """The replica did not acknowledge; the message says why."""


class Outcome(Protocol):
    """Told what came of every order."""

    def answered(self, replica: Replica, obeyed: dict[str, bool], seconds: float) -> None:
        """Learn which halts of the order the replica obeys, by UID."""

    def failed(self, replica: Replica, error: DeliveryError) -> None:
        """Learn that the replica did not acknowledge."""


@dataclass(slots=True)
class Courier:
    """One replica's orders, one after another: a later one never overtakes an earlier one."""

    replica: Replica
    session: aiohttp.ClientSession
    identity: Identity
    compose: Callable[[Replica], HaltOrder | None]
    """Gives the order of this moment; None while the relay itself does not know enough."""
    outcome: Outcome
    due: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when something changed that the replica should hear at once."""

    async def run(self) -> None:
        while True:
            self.due.clear()
            try:
                await self._deliver()
            except Exception:
                # whatever is wrong with one replica must not keep the others from hearing
                log.exception("order not delivered", extra={"replica": self.replica.name})
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT):
                    await self.due.wait()

    async def _deliver(self) -> None:
        order = self.compose(self.replica)
        if order is None:
            return
        clock = asyncio.get_running_loop().time
        started = clock()
        try:
            acknowledgement = await self._put(order)
        except DeliveryError as error:
            self.outcome.failed(self.replica, error)
        else:
            obeyed = {halt.uid: halt.uid in acknowledgement.halts for halt in order.halts}
            self.outcome.answered(self.replica, obeyed, clock() - started)

    async def _put(self, order: HaltOrder) -> Acknowledgement:
        """Send an order. Raises ``DeliveryError``, which tells nothing of the token."""
        try:
            async with self.session.put(
                self.replica.url,
                data=order.model_dump_json(by_alias=True).encode(),
                headers={
                    "Authorization": f"Bearer {self.identity.token()}",
                    "Content-Type": "application/json",
                },
                timeout=TIMEOUT,
                # whoever answers must not send the token elsewhere
                allow_redirects=False,
            ) as answer:
                if answer.status != HTTPStatus.OK:
                    if answer.status == HTTPStatus.UNAUTHORIZED:
                        self.identity.expire()
                    raise DeliveryError(f"answers {answer.status}")
                if answer.content_length is None or answer.content_length > LONGEST_ANSWER:
                    raise DeliveryError("answers without a length, or too long")
                text = await answer.read()
        except TimeoutError as error:
            raise DeliveryError(f"does not answer within {TIMEOUT.total:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise DeliveryError(f"cannot be reached: {type(error).__name__}") from error
        try:
            acknowledgement = Acknowledgement.model_validate_json(text)
        except ValidationError as error:
            raise DeliveryError("answers with what is no acknowledgement") from error
        if acknowledgement.replica != self.replica.name:
            raise DeliveryError("is another pod than the EndpointSlice says")
        return acknowledgement
