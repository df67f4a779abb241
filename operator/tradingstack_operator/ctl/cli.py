"""The command line for people: what can be said about stacks without being the operator."""

import argparse
from collections.abc import Sequence
from importlib.metadata import version

from tradingstack_operator.ctl import validate


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; each says itself what its exit code means."""
    parser = argparse.ArgumentParser(
        prog="tradingstackctl", description="Looks at TradingStacks from outside the cluster."
    )
    parser.add_argument(
        "--version", action="version", version=f"%(prog)s {version('tradingstack-operator')}"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    validate.add_to(commands)
    chosen = parser.parse_args(arguments)
    return int(chosen.run(chosen))
