"""The three paths that Kubernetes and Prometheus ask: /livez, /readyz and /metrics."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest


@asynccontextmanager
async def serve(
    host: str, port: int, registry: CollectorRegistry, not_ready: Callable[[], Iterable[str]]
) -> AsyncIterator[int]:
    """Answer until the context ends; gives the port, which the system chooses when asked for 0.

    ``not_ready`` names what is missing, one line each; nothing missing means ready.
    """

    async def livez(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        missing = list(not_ready())
        if missing:
            return web.Response(status=503, text="".join(f"{line}\n" for line in missing))
        return web.Response(text="ok\n")

    async def metrics(_: web.Request) -> web.Response:
        text = generate_latest(registry)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.router.add_get("/livez", livez)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
