"""A replica of the risk API as far as halts go: the contract's code behind a port."""

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiohttp import web
from pydantic import ValidationError

from tests.support.processes import DEADLINE
from tests.unit.contract.halt_orders import kill_switch
from tradingstack_contract.endpoints import HALT_ORDER
from tradingstack_contract.files import Environment, Relay
from tradingstack_contract.halts import (
    Acknowledgement,
    HaltOrder,
    HaltState,
    StaleOrderError,
    Standing,
)
from tradingstack_contract.relay_token import RelayTokenError, verify

SOON = 0.02
"""Seconds between two looks at the clock by a replica whose silence is awaited."""


def now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


class StandIn:
    """One replica; ``relay`` is its file ``relay.yaml``."""

    def __init__(self, name: str, relay: Relay, stack: tuple[str, str]):
        self.name, self.relay, self.stack = name, relay, stack
        self.state = HaltState(kill_switch(), Environment.PRODUCTION, relay.silence_seconds)
        self.address, self.port = "", 0
        self.now = time.time
        self.orders: list[HaltOrder] = []
        self.refusals: list[str] = []
        self.headers: list[str] = []
        self.answering = asyncio.Event()
        """Cleared, a replica takes orders and never answers."""
        self.answering.set()
        self.changed = asyncio.Condition()
        self.heard_at = 0.0

    @property
    def standing(self) -> Standing:
        return self.state.standing(time.monotonic())

    async def take(self, request: web.Request) -> web.Response:
        text = await request.read()
        await self.answering.wait()
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.headers.append(token)
        try:
            verify(token, self.relay, datetime.fromtimestamp(self.now(), UTC))
            order = HaltOrder.model_validate_json(text)
            if (order.namespace, order.stack) != self.stack:
                return await self._refuse(422, "is for another stack")
            self.state.hear(order, time.monotonic())
        except RelayTokenError as error:
            return await self._refuse(401, str(error))
        except StaleOrderError as error:
            return await self._refuse(409, str(error))
        except ValidationError:
            return await self._refuse(422, "is no order")
        standing = self.standing
        acknowledgement = Acknowledgement(
            replica=self.name, halts=standing.halts, state=standing.state
        )
        async with self.changed:
            self.orders.append(order)
            self.heard_at = time.monotonic()
            self.changed.notify_all()
        return web.json_response(text=acknowledgement.model_dump_json(by_alias=True))

    async def _refuse(self, status: int, why: str) -> web.Response:
        async with self.changed:
            self.refusals.append(why)
            self.changed.notify_all()
        return web.Response(status=status, text=why)

    async def until(self, holds) -> None:
        """Wait for an order or a refusal after which something holds of this replica."""
        async with asyncio.timeout(DEADLINE), self.changed:
            await self.changed.wait_for(lambda: holds(self))

    async def halts(self) -> float:
        """Wait until it halts because it has heard nothing; give the seconds since it last did."""
        async with asyncio.timeout(DEADLINE):
            while self.standing.may_trade:  # noqa: ASYNC110 - only time passes, nothing happens
                await asyncio.sleep(SOON)
        return time.monotonic() - self.heard_at


@asynccontextmanager
async def replica(name: str, relay: Relay, stack: tuple[str, str], host: str = "127.0.0.1"):
    """Serve a replica until the context ends."""
    stand_in = StandIn(name, relay, stack)
    app = web.Application()
    app.router.add_put(HALT_ORDER, stand_in.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, host, 0)
    await site.start()
    stand_in.address, stand_in.port = runner.addresses[0][:2]
    try:
        yield stand_in
    finally:
        stand_in.answering.set()
        await runner.cleanup()


def endpoint_slice(stand_in: StandIn, **endpoint) -> dict:
    """Write the slice that the control plane makes of a replica: here each has its own port."""
    namespace, stack = stand_in.stack
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": stand_in.name,
            "namespace": namespace,
            "labels": {
                "app.kubernetes.io/part-of": "tradingstack",
                "app.kubernetes.io/component": "risk-api",
                "kubernetes.io/service-name": f"{stack}-risk-api-replicas",
                "service.kubernetes.io/headless": "",
                "tradingstack.io/stack": stack,
            },
        },
        "addressType": "IPv4",
        "endpoints": [
            {
                "addresses": [stand_in.address],
                "conditions": {"ready": False},
                "targetRef": {"kind": "Pod", "name": stand_in.name, "namespace": namespace},
            }
            | endpoint
        ],
        "ports": [{"name": "halt", "port": stand_in.port, "protocol": "TCP"}],
    }
