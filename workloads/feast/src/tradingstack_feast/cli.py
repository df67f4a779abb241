"""The commands choose-canary and materialize."""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from feast import FeatureStore
from feast.infra.online_stores.redis import RedisOnlineStore
from redis import Redis

from tradingstack_feast import canary
from tradingstack_feast.materialize import OnlineStoreRestartedError, materialize


def main() -> int:
    """Run one command; the exit code is 0 when it did what it says."""
    arguments = _parser().parse_args()
    store = FeatureStore(fs_yaml_file=arguments.store)
    try:
        done = arguments.run(store)
    except (LookupError, OnlineStoreRestartedError) as error:
        _say(error=str(error))
        return 1
    _say(**done)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tradingstack-feast", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, run, summary in (
        ("choose-canary", _choose_canary, "find out what the readiness probe asks for"),
        ("materialize", _materialize, "fill the online store, all of it when it is new"),
    ):
        command = commands.add_parser(name, help=summary)
        command.add_argument("--store", type=Path, required=True, help="feature_store.yaml")
        command.set_defaults(run=run)
    return parser


def _choose_canary(store: FeatureStore) -> dict[str, Any]:
    request = canary.choose(store.list_feature_views())
    canary.write(request)
    return {"canary": request}


def _materialize(store: FeatureStore) -> dict[str, Any]:
    server = Redis(**_redis_options(store.config.online_store.connection_string))
    now = datetime.now(tz=UTC)  # noqa: TID251 - the one clock of this program
    return {"materialized": materialize(store, server, now)}


def _redis_options(connection_string: str) -> dict[str, Any]:
    """Read Feast's own format as Feast does."""
    nodes, options = RedisOnlineStore._parse_connection_string(connection_string)  # noqa: SLF001
    return {"host": nodes[0]["host"], "port": int(nodes[0]["port"]), **options}


def _say(**fields: Any) -> None:
    sys.stderr.write(json.dumps(fields) + "\n")
