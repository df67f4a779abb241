"""The command line: reads the settings, runs a replica until a signal stops it."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from tradingstack_operator.replica import Replica, RequirementsError
from tradingstack_operator.settings import Settings, SettingsError
from tradingstack_operator.telemetry import logs

log = logging.getLogger(__name__)

EXIT_SETTINGS: Final = 2
EXIT_REQUIREMENTS: Final = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is 0, 2 for bad settings or 3 for a cluster not ready."""
    parser = argparse.ArgumentParser(
        prog="tradingstack-operator",
        description="Keeps the objects of every TradingStack as their specs say.",
        epilog="Settings come from TRADINGSTACK_* variables, which the chart sets.",
    )
    parser.add_argument(
        "--version", action="version", version=f"%(prog)s {version('tradingstack-operator')}"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("run", help="reconcile until stopped by SIGTERM or SIGINT")
    parser.parse_args(arguments)
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        print(f"tradingstack-operator: bad settings\n{error}", file=sys.stderr)
        return EXIT_SETTINGS
    logs.configure(settings.log_level)
    try:
        asyncio.run(run(settings))
    except RequirementsError as error:
        print(f"tradingstack-operator: the cluster is not ready for it\n{error}", file=sys.stderr)
        return EXIT_REQUIREMENTS
    return 0


async def run(settings: Settings) -> None:
    """Run one replica until SIGTERM or SIGINT; its lease is released on the way out."""
    stop = asyncio.Event()
    catch_signals(stop)
    replica = Replica(settings, lambda: datetime.now(UTC))
    serving = asyncio.create_task(replica.run(lambda: catch_signals(stop)))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not serving.done():
        log.info("stopping")
        serving.cancel()
    with suppress(asyncio.CancelledError):
        await serving


def catch_signals(stop: asyncio.Event) -> None:
    """Let a signal end the process in order, whoever listened for it before."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
