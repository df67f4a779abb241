"""Carry features from the offline store to the online store, all of them when it is new.

Feast's registry remembers how far the online store was filled, but not that its server has since
lost everything: then an increment would fill in the last minutes only. The server's own run id,
kept in the server, tells the two apart.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

FILLED_KEY: Final = "tradingstack:filled"
"""Holds the run id of the server that a whole materialisation went to."""
WITHOUT_TTL: Final = timedelta(weeks=52)
"""How far back a view without a time to live reaches; Feast's own increments start there too."""


class OnlineStoreRestartedError(Exception):
    """The online store lost what was being written to it."""


class Server(Protocol):
    """What is asked of the Redis behind the online store."""

    def info(self, section: str) -> dict[str, Any]: ...
    def get(self, name: str) -> bytes | None: ...
    def set(self, name: str, value: str) -> Any: ...


class View(Protocol):
    """What is asked of Feast's feature views."""

    name: str
    online: bool
    ttl: timedelta | None


class Store(Protocol):
    """What is asked of Feast's FeatureStore."""

    def list_feature_views(self) -> Iterable[View]: ...
    def materialize(
        self, start_date: datetime, end_date: datetime, feature_views: list[str]
    ) -> None: ...
    def materialize_incremental(self, end_date: datetime) -> None: ...


def materialize(store: Store, server: Server, now: datetime) -> str:
    """Fill the online store up to ``now`` and say how: ``whole`` or ``increment``."""
    run = run_id(server)
    if server.get(FILLED_KEY) == run.encode():
        store.materialize_incremental(end_date=now)
        return "increment"
    for view in store.list_feature_views():
        if view.online:
            store.materialize(now - (view.ttl or WITHOUT_TTL), now, feature_views=[view.name])
    if run_id(server) != run:
        raise OnlineStoreRestartedError("the online store restarted meanwhile: it is filled anew")
    server.set(FILLED_KEY, run)
    return "whole"


def run_id(server: Server) -> str:
    return str(server.info("server")["run_id"])
