"""The command line: one command a Job, whose exit code says how it went."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

from tradingstack_jobs import logs, network_probe, streams
from tradingstack_jobs.settings import SettingsError

MISCONFIGURED: Final = 2
"""As argparse exits: trying again with the same arguments and files is of no use."""
HIGHEST_PORT: Final = 65535


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    chosen = _parser().parse_args(arguments)
    logs.configure()
    try:
        sys.exit(_run(chosen))
    except SettingsError as problem:
        logs.error("misconfigured", problem=str(problem))
        sys.exit(MISCONFIGURED)


def _run(chosen: argparse.Namespace) -> int:
    if chosen.command == "streams":
        return streams.run(chosen.file)
    host, port = chosen.target
    return network_probe.run(host, port, chosen.control)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tradingstack-jobs", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    declare = commands.add_parser("streams", help="make the bus's streams what a file says")
    declare.add_argument("--file", type=Path, required=True, help="the contract's streams.yaml")
    probe = commands.add_parser("network-probe", help="try to reach what must not be reached")
    probe.add_argument("--target", type=_address, required=True, metavar="HOST:PORT")
    probe.add_argument(
        "--control", required=True, metavar="NAME", help="a name that the cluster's DNS resolves"
    )
    return parser


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or not 1 <= int(port) <= HIGHEST_PORT:
        raise argparse.ArgumentTypeError("write host:port, such as 203.0.113.9:443")
    return host, int(port)


if __name__ == "__main__":
    main()
