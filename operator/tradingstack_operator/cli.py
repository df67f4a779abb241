"""The command line: reads the settings, runs a process until a signal stops it."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final, Protocol

from tradingstack_operator.cluster.preflight import RequirementsError
from tradingstack_operator.relay.process import Relay
from tradingstack_operator.replica import Replica
from tradingstack_operator.settings import RelaySettings, Settings, SettingsError, WebhookSettings
from tradingstack_operator.telemetry import logs
from tradingstack_operator.webhook.process import Webhook

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
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    commands.add_parser("run", help="reconcile until stopped by SIGTERM or SIGINT")
    commands.add_parser(
        "webhook", help="answer the API server's admission reviews until stopped in the same way"
    )
    commands.add_parser("relay", help="carry halts to the risk APIs until stopped in the same way")
    command = parser.parse_args(arguments).command
    try:
        process = make_process(command)
    except SettingsError as error:
        print(f"tradingstack-operator: bad settings\n{error}", file=sys.stderr)
        return EXIT_SETTINGS
    logs.configure(process.settings.log_level)
    try:
        asyncio.run(run(process))
    except RequirementsError as error:
        print(f"tradingstack-operator: the cluster is not ready for it\n{error}", file=sys.stderr)
        return EXIT_REQUIREMENTS
    return 0


class Process(Protocol):
    """What a command runs."""

    @property
    def settings(self) -> Settings | WebhookSettings | RelaySettings: ...

    async def run(self, on_shell_started: Callable[[], None]) -> None: ...


def make_process(command: str) -> Process:
    """Read the settings of a command's process; raises ``SettingsError``."""

    def now() -> datetime:
        return datetime.now(UTC)

    if command == "webhook":
        return Webhook(WebhookSettings.from_environment(os.environ), now)
    if command == "relay":
        return Relay(RelaySettings.from_environment(os.environ), now)
    return Replica(Settings.from_environment(os.environ), now)


async def run(process: Process) -> None:
    """Run one process until SIGTERM or SIGINT; it ends in order."""
    stop = asyncio.Event()
    catch_signals(stop)
    serving = asyncio.create_task(process.run(lambda: catch_signals(stop)))
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
